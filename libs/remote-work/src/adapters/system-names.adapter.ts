import { lookup } from 'node:dns/promises';
import type { NameAnswer, Names } from '../ports';

/**
 * Names as the operating system resolves them: DNS with its search list, and the hosts file. A bare name is asked for
 * in the asset's domain first.
 */
export const systemNames: Names = {
  async ipv4Of(name, domain) {
    const isBare = !name.includes('.');
    const candidates = isBare && domain?.includes('.') ? [`${name}.${domain}`, name] : [name];
    let answer: NameAnswer = { kind: 'unknownName' };
    for (const candidate of candidates) {
      answer = await ask(candidate);
      if (answer.kind !== 'unknownName') break;
    }
    return answer;
  },
};

async function ask(name: string): Promise<NameAnswer> {
  try {
    const addresses = await lookup(name, { all: true });
    const ipv4 = addresses.find((a) => a.family === 4);
    return ipv4 ? { kind: 'found', address: ipv4.address } : { kind: 'noIpv4' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTFOUND' || code === 'ENODATA') return { kind: 'unknownName' };
    if (code === 'EAI_AGAIN' || code === 'ETIMEOUT' || code === 'ESERVFAIL') return { kind: 'noAnswer' };
    throw error;
  }
}
