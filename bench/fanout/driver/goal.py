"""What must be reached, and whether it was."""
import dataclasses


@dataclasses.dataclass
class goal:
    what: str
    bound: float
    got: float
    unit: str = "×"
    least: bool = False  # the bound is a least one

    @property
    def met(self):
        return self.got >= self.bound if self.least else self.got <= self.bound

    def by(self):
        """How far from the bound, of the bound; positive is better."""
        off = (self.got - self.bound) / self.bound
        return off if self.least else -off
