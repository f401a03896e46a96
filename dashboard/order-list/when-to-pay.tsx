import { NativeSelect, Radio, Stack } from '@mantine/core';

const DAY = 86_400;

/** In s. The shop has bounds of its own, and says so when it refuses. */
const PERIODS = [
  { value: '10', label: '10 seconds' },
  { value: '60', label: '1 minute' },
  { value: '3600', label: '1 hour' },
  { value: String(DAY), label: '1 day' },
  { value: String(7 * DAY), label: '7 days' },
  { value: String(30 * DAY), label: '30 days' },
];

/** Whether an order is paid at once, or its money is reserved, and for how long. */
export function WhenToPay({
  captureWithin,
  setCaptureWithin,
}: {
  captureWithin: number | undefined;
  setCaptureWithin: (seconds: number | undefined) => void;
}) {
  return (
    <>
      <Radio.Group
        label="When to pay"
        value={captureWithin === undefined ? 'now' : 'later'}
        onChange={(when) => setCaptureWithin(when === 'later' ? 7 * DAY : undefined)}
      >
        <Stack gap="xs" mt={4}>
          <Radio value="now" label="Pay at once" />
          <Radio value="later" label="Reserve and capture later" />
        </Stack>
      </Radio.Group>
      {captureWithin !== undefined && (
        <NativeSelect
          label="Reserve for"
          description="What is not captured by then is available to you again."
          inputWrapperOrder={['label', 'input', 'description']}
          data={PERIODS}
          value={String(captureWithin)}
          onChange={({ currentTarget }) => setCaptureWithin(Number(currentTarget.value))}
        />
      )}
    </>
  );
}
