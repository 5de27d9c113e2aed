import type { GatewayDispatchPayload } from 'discord-api-types/v10';

export type Events = GatewayDispatchPayload;
