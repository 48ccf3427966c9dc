// A dialog over the page: opened by a button or a key, closed by Esc, by its button or by a press beside it. The browser keeps
// the focus inside and gives it back.

export class Sheet {
  constructor(private readonly dialog: HTMLDialogElement) {
    dialog.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (target === dialog || target.closest("[data-close]")) dialog.close();
    });
  }

  get open(): boolean {
    return this.dialog.open;
  }

  toggle(): void {
    if (this.open) this.dialog.close();
    else this.dialog.showModal();
  }
}
