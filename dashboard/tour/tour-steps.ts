/** A step of the guided tour: something that the viewer does, and that the system shows as done. */
export type Step = 'open' | 'top-up' | 'order' | 'look' | 'kill' | 'recover' | 'proof';

/** What the system says of the steps. */
export type Done = Readonly<Record<Step, boolean>>;

/** Nothing can be killed without the controls of `npm start`, and the proof is on a page for operators. */
export function stepsFor({ controls, operator }: { controls: boolean; operator: boolean }): readonly Step[] {
  return [
    'open',
    'top-up',
    'order',
    'look',
    ...(controls ? (['kill', 'recover'] as const) : []),
    ...(operator ? (['proof'] as const) : []),
  ];
}

/** The step to do next; undefined at the end of the tour. */
export function nextStep(steps: readonly Step[], done: Done): Step | undefined {
  return steps.find((step) => !done[step]);
}
