import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A setting that holds a certificate, or the path of one. */
export const certificate = z.string().refine(holds(isCertificate), { error: 'must be a certificate in PEM' });
export const certificateFile = z
  .string()
  .refine(names(isCertificate), { error: 'must be the path of a certificate in PEM' });

/** A setting that holds the private key of a certificate, or the path of one. */
export const privateKey = z
  .string()
  .refine(holds(isPrivateKey), { error: 'must be a private key in PEM without a passphrase' });
export const privateKeyFile = z
  .string()
  .refine(names(isPrivateKey), { error: 'must be the path of a private key in PEM without a passphrase' });

type Pem = string | Uint8Array;

/** Whether the private key is the one of the certificate. */
export function isPair({ cert, key }: { cert: Pem; key: Pem }): boolean {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(Buffer.from(key)));
}

function isCertificate(pem: string): void {
  void new X509Certificate(pem);
}

function isPrivateKey(pem: string): void {
  createPrivateKey(pem);
}

function holds(read: (pem: string) => void) {
  return (text: string): boolean => {
    try {
      read(text);
      return true;
    } catch {
      return false;
    }
  };
}

function names(read: (pem: string) => void) {
  return holds((file) => read(readFileSync(file, 'utf8')));
}
