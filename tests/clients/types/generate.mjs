// Writes crates/harness/spec/discord-events.json: JSON Schema of every dispatch event as discord-api-types knows it.
//
//     npm ci && node generate.mjs

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGenerator } from 'ts-json-schema-generator';

const here = dirname(fileURLToPath(import.meta.url));
const entry = join(here, 'events.ts');
const schema = createGenerator({
	path: entry,
	tsconfig: join(here, 'tsconfig.json'),
	type: 'Events',
	topRef: false,
	expose: 'export',
	jsDoc: 'none',
	additionalProperties: true,
	skipTypeCheck: true,
	sortProps: true,
}).createSchema('Events');

/** Shorter names of what is referred to: they are written out in full otherwise, with all parameters. */
const names = new Map();
const short = (name) => {
	const known = decodeURIComponent(name);
	if (!names.has(known)) {
		names.set(known, /^\w+$/.test(known) ? known : `t${names.size}`);
	}
	return names.get(known);
};
const rename = (value) => {
	if (Array.isArray(value)) return value.map(rename);
	if (value === null || typeof value !== 'object') return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, part]) =>
			key === '$ref' ? [key, `#/definitions/${short(part.slice('#/definitions/'.length))}`] : [key, rename(part)],
		),
	);
};
const definitions = Object.fromEntries(
	Object.entries(schema.definitions).map(([name, part]) => [short(encodeURIComponent(name)), rename(part)]),
);
// Enums of flags are bits that are put together, where none is a value, too.
for (const [name, part] of Object.entries(definitions)) {
	if (name.endsWith('Flags') && part.type === 'number') definitions[name] = { type: 'integer', minimum: 0 };
}
/** What is no longer asked for, because Discord's documentation, which wins, does not have it. */
const unasked = (part, field) => {
	if (!part.required?.includes(field)) throw new Error(`${field} is not required any more`);
	part.required = part.required.filter((name) => name !== field);
};
// Only Discord's own hubs for students have a type.
unasked(definitions.APIGuild, 'hub_type');
unasked(definitions.GatewayGuildCreateDispatchData, 'hub_type');
// "Partial application object. Contains id and flags."
unasked(definitions.GatewayReadyDispatchData.properties.application, 'flags_new');
// Presences in GUILD_CREATE are partial: the guild is the one that they stand in.
const partial = structuredClone(definitions.GatewayPresenceUpdate);
unasked(partial, 'guild_id');
definitions.GatewayGuildCreateDispatchData.properties.presences.items = partial;
const follow = (part) => (part.$ref ? follow(definitions[part.$ref.split('/').at(-1)]) : part);
// "?snowflake": a stage need not be an event's.
definitions.APIStageInstance.properties.guild_scheduled_event_id = { type: ['string', 'null'] };
// What RESUMED carries is not documented: something for those who look for faults, as Discord sends.
follow(definitions.GatewayResumedDispatch).properties.d = { type: 'object' };
// What changed is called as the object's field is, whatever that may be; the types have only some of them.
const change = definitions.APIAuditLogChange;
const keys = change.anyOf.map((one) => follow(one).properties.key.const);
change.anyOf.push({ type: 'object', properties: { key: { type: 'string', not: { enum: keys } } }, required: ['key'] });
const version = JSON.parse(readFileSync(join(here, 'node_modules/discord-api-types/package.json'), 'utf8')).version;
const out = { $comment: `discord-api-types ${version}`, anyOf: definitions.GatewayDispatchPayload.anyOf, definitions };
const target = join(here, '../../../crates/harness/spec/discord-events.json');
writeFileSync(target, `${JSON.stringify(out)}\n`);
