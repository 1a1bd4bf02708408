/* What the files of `make check` share. */
#ifndef DROVER_TESTS_H
#define DROVER_TESTS_H

#include "bytes.h"
#include "fake_computer.h"

extern struct runner runner;
extern struct system computer;
/* libs/domain/test/vectors */
extern const char *vectors;

void expect(bool holds, const char *what, const char *detail);

const char *path_of(const char *folder, const char *name, const char *ending);

size_t read_hex(const char *path, uint8_t *bytes, size_t capacity);

/* A computer that has been given the plan and will do what `events` say. */
void prepare(const char *plan, const struct event *events);

/* Starts the runner with this word behind the attempt's name; NULL: without one. */
uint32_t run(const char *word);

/* Carries out what is prepared; the journal must be the vector of that name. */
void check_prepared_journal(const char *name, uint32_t exit_code, unsigned stops);

/* Whether the journal begins with the vector of that name. */
bool is_beginning(const char *name);

void check_criteria(void);
void check_steps(void);
void check_fuzz(void);

#endif
