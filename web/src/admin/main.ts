import { mount } from 'svelte';
import '$lib/i18n/en/auth';
import '$lib/i18n/en/bookings';
import '$lib/i18n/en/frame';
import '$lib/i18n/en/resources';
import '$lib/i18n/en/ui';
import '../styles/base.css';
import App from './App.svelte';
import { listen } from './here.svelte';

listen();
const target = document.getElementById('app');
if (target) mount(App, { target });
