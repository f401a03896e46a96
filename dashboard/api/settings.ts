import { REPLY_DEADLINE } from '@gozon/client';
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { DashboardSettings } from '#contracts/values/dashboard-settings.ts';

/** The settings of this gateway, read once. */
export function useReadSettings() {
  return useQuery({
    queryKey: ['settings'],
    staleTime: Infinity,
    queryFn: async () => {
      const reply = await fetch('/settings.json', { signal: AbortSignal.timeout(REPLY_DEADLINE) });
      if (!reply.ok) throw new Error(`the gateway answered ${reply.status}`);
      return (await reply.json()) as DashboardSettings;
    },
  });
}

export const SettingsContext = createContext<DashboardSettings | undefined>(undefined);

export function useSettings(): DashboardSettings {
  const settings = useContext(SettingsContext);
  if (!settings) throw new Error('the settings have not been read');
  return settings;
}
