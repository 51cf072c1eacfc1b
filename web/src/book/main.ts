import { mount } from 'svelte';
import '$lib/i18n/en/book';
import '$lib/i18n/en/ui';
import '../styles/base.css';
import Book from './Book.svelte';
import { readPage } from './page';

const target = document.getElementById('app');
// Without the server's data block, as under `npm run dev`, the page asks for the project.
if (target) void readPage().then((page) => mount(Book, { target, props: { page } }));
