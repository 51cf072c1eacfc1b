// Short messages that come and go. They never hold the only copy of what they say.

export interface Toast {
  id: number;
  text: string;
  undo?: () => void;
}

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  say(text: string, undo?: () => void): void {
    const toast: Toast = { id: this.#next++, text, ...(undo ? { undo } : {}) };
    this.list.push(toast);
    setTimeout(() => this.drop(toast.id), undo ? 8000 : 4000);
  }

  drop(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
