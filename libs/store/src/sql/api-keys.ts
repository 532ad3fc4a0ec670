/** The database's clock says when a key was made and whether it is over. */
const COLUMNS = `id, owner, role, participant, created_at, expires_at, revoked_at`;

export const CREATE_KEY = `
insert into api_keys (id, secret_hash, owner, role, participant, expires_at)
values ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000))
returning ${COLUMNS}`;

export const LIST_KEYS = `select ${COLUMNS} from api_keys order by created_at desc, id`;

/** The first revocation stands. Returns the row also where it was revoked before. */
export const REVOKE_KEY = `
update api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1
returning ${COLUMNS}`;

/** What is good right now: read as a whole, since keys are few. */
export const READ_VALID_KEYS = `
select id, secret_hash, owner, role, participant from api_keys
where revoked_at is null and (expires_at is null or expires_at > now())`;

/** Revoked and expired ones, too: whoever has had keys does not fall back to being open. */
export const ANY_KEY = `select exists (select from api_keys) as configured`;
