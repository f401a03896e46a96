import './styles/mantine.css';
import './styles/theme.css';
import { DirectionProvider, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueries } from './api/create-queries.ts';
import { App } from './app.tsx';
import { ErrorBoundary } from './shell/error-boundary.tsx';
import { LOCALE, directionOf, repairLanguage } from './shell/locale.ts';
import { tolerateTranslation } from './shell/tolerate-translation.ts';

repairLanguage();
tolerateTranslation(Node);
document.documentElement.dir = directionOf(LOCALE);

const root = document.querySelector('#root');
if (!root) throw new Error('index.html has no #root');

// Our Content-Security-Policy refuses the <style> elements of Mantine. styles/theme.css has their content.
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={{ primaryColor: 'indigo' }}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <DirectionProvider>
        <QueryClientProvider client={createQueries()}>
          <ErrorBoundary what="the dashboard">
            <App />
          </ErrorBoundary>
        </QueryClientProvider>
      </DirectionProvider>
    </MantineProvider>
  </StrictMode>,
);
