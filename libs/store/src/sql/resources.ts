/**
 * Nothing in here may fail for what an announcement says: it would come again and again, and what stands behind it
 * would wait. So the schema is json, which takes any JSON, and a resource that is named twice counts once.
 */
export const ANNOUNCE = `
insert into resources (participant, resource, schema_hash, input_schema, sdk_version)
select distinct on (i.resource, i.schema_hash) $1, i.resource, i.schema_hash, i.input_schema::json, $2
from unnest($3::text[], $4::text[], $5::text[]) as i (resource, schema_hash, input_schema)
order by i.resource, i.schema_hash
on conflict (participant, resource, schema_hash)
do update set sdk_version = excluded.sdk_version, announced_at = now()`;

export const READ_RESOURCES = `select participant, resource, schema_hash, input_schema from resources`;
