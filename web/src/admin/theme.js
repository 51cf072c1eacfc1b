// Runs before the first paint, so that a fixed theme never flashes.
document.documentElement.dataset.theme = /(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1] ?? '';
