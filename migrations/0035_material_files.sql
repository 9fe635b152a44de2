-- Material of a course may be a file: a PDF of the house, which people download who take part.

alter table course_material alter column link drop not null;
-- Encrypted with the key of the house. Whoever deletes the row dooms the file in the same transaction. Courses are ended, never
-- deleted; should that change, the reference to the course wants its material removed first.
alter table course_material add blob_id uuid references blob (id);
alter table course_material add constraint course_material_link_or_file check ((link is null) <> (blob_id is null));
create index course_material_blob on course_material (blob_id) where blob_id is not null;
-- So that a second click, or a second trainer, uploads nothing twice.
create unique index course_material_file_once on course_material (course_id, title) where blob_id is not null;
