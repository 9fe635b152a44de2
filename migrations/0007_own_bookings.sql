-- Every page for freelancers asks for a person's live bookings from some weeks ago on. The GiST index of booking_overlap
-- answers that ten times slower than a B-tree: entries of one person lie scattered over its pages.
create index booking_of_person on booking (freelancer_id, upper(during)) where released_at is null;
