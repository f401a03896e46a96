import { TextInput } from '@mantine/core';
import type { Ref } from 'react';
import { useSettings } from '../api/settings.ts';

/** An amount as a person writes it. parse-amount.ts parses it. */
export function AmountInput({
  label,
  text,
  setText,
  error,
  description,
  ref,
}: {
  label: string;
  text: string;
  setText: (text: string) => void;
  error: string | undefined;
  description?: string | undefined;
  ref?: Ref<HTMLInputElement>;
}) {
  const { currency } = useSettings();
  return (
    <TextInput
      ref={ref}
      label={label}
      value={text}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
      error={error}
      description={description}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      inputMode="decimal"
      autoComplete="off"
      maxLength={30}
      rightSection={<span aria-hidden>{currency}</span>}
      rightSectionWidth={56}
      rightSectionPointerEvents="none"
    />
  );
}
