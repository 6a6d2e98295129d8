-- Words of notes are for fewer people than the other words by which a case is found. Where there are notes, a second text holds all words.

alter table case_texts add column with_notes text;

-- Written anew when the store is next opened: until now words of notes stood among the others.
delete from case_texts;
