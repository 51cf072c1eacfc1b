import type { Plugin } from 'vite';

export function blocking(file: string, entry: string): Plugin;
export function compress(): Plugin;
