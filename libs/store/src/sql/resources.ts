export const ANNOUNCE = `
insert into resources (participant, resource, schema_hash, input_schema, sdk_version)
select $1, i.resource, i.schema_hash, i.input_schema::jsonb, $2
from unnest($3::text[], $4::text[], $5::text[]) as i (resource, schema_hash, input_schema)
order by i.resource
on conflict (participant, resource, schema_hash)
do update set sdk_version = excluded.sdk_version, announced_at = now()`;

export const READ_RESOURCES = `select participant, resource, schema_hash, input_schema from resources`;
