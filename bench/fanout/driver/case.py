"""What one run is to do: so many clients, so many ticks, so many messages due to a client at one flush (K)."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class case:
    clients: int = 1000
    symbols: int = 1000
    per_client: int = 20        # symbols each client subscribes to, its own random set
    rate: float = 2000          # ticks a second over all symbols
    batch: int = 1              # K
    every_us: int = 1000        # all servers make the ticks that are due at this interval; 0: as they fall due
    shards: int = 1             # tickcast's
    feeds: tuple = ()           # tickcast's, instead of the one that the above says
    snapshot: bool = False

    @property
    def messages_per_client(self):
        return self.rate * self.per_client / self.symbols

    @property
    def messages_per_s(self):
        return self.messages_per_client * self.clients

    @property
    def window_us(self):
        """The flush window in which K messages fall due for a client; 0: at once."""
        return 0 if self.batch == 1 else round(self.batch * 1e6 / self.messages_per_client)

    def but(self, **changes):
        return dataclasses.replace(self, **changes)

    def gathered_us(self, peer):
        """How far apart what comes to a client comes."""
        return max(self.window_us if peer.gathers else 0, self.every_us)

    def told(self):
        return {**dataclasses.asdict(self), "feeds": list(self.feeds), "window_us": self.window_us}
