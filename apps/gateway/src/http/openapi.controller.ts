import { packageJsonSchema } from '@drover/contracts';
import { Controller } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { openApiOf } from './openapi';
import { route, ROUTE, Serves, type Route, type Sent } from './route';

const describe = route({
  method: 'GET',
  path: '/openapi.json',
  summary: 'Describes this API.',
});

const packageSchema = route({
  method: 'GET',
  path: '/schema/package.json',
  summary: 'The JSON Schema of a package, for editors and other tools.',
  isPublic: true,
});

@Controller()
export class OpenApiController {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  @Serves(describe)
  async describe(_sent: Sent<typeof describe>) {
    return openApiOf(this.routes());
  }

  @Serves(packageSchema)
  async packageSchema(_sent: Sent<typeof packageSchema>) {
    return packageJsonSchema();
  }

  private routes(): Route[] {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const prototype = metatype.prototype as Record<string, () => unknown>;
      return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
        const handler = prototype[name];
        return handler ? (this.reflector.get<Route | undefined>(ROUTE, handler) ?? []) : [];
      });
    });
  }
}
