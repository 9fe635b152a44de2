-- A draft that was withdrawn can no longer be edited: its day does not move any more.
create or replace view dossier_clock as
select a.id as application_id, a.applicant_id, a.edited_at, a.submitted_on, p.confirmed_at,
       c.granted_at as consented_at, w.requested_at as wished_at,
       (select max(withdrawn_at) from consent where application_id = a.id) as consent_withdrawn_at,
       c.ends_on as consent_ends_on, h.held_until, h.lifted_at as hold_lifted_at, a.state = 'draft' as is_draft
from application a
join applicant p on p.id = a.applicant_id
left join consent c on c.application_id = a.id and c.withdrawn_at is null and c.renewed_at is null
left join data_request w on w.account_id = a.applicant_id and w.wish = 'erasure' and w.done_at is null
left join lateral (
    select max(held_until) filter (where lifted_at is null) as held_until, max(lifted_at) as lifted_at
    from legal_hold where account_id = a.applicant_id and confirmed_at is not null
) h on true;
