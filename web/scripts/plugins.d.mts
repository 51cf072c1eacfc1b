import type { Plugin } from 'vite';

export function blocking(file: string): Plugin;
export function compress(): Plugin;
