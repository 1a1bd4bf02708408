/* Writes the journal: docs/plan-format.md, "Journal". */
#ifndef DROVER_JOURNAL_H
#define DROVER_JOURNAL_H

#include "plan.h"

#define OUTPUT_TAIL_BYTES (64u * 1024u)
#define JOURNAL_RECORD_BYTES_MAX (OUTPUT_TAIL_BYTES + 256u)
/* Beyond this no output is recorded, only how long it was. */
#define JOURNAL_OUTPUT_BYTES_MAX (64u * 1024u * 1024u)

struct system;

enum journal_end { END_STOPPED_SUCCESS, END_STOPPED_FAILURE, END_MAXIMUM_DURATION, END_CANCELLED };
enum step_end { STEP_EXITED, STEP_STOPPED, STEP_NOT_STARTED };

enum { BOOT_ID_BYTES = 16 };

/* What a runner has to know to go on after a restart. */
struct journal_restart {
    uint32_t run;
    uint32_t step;
    uint8_t boot_id[BOOT_ID_BYTES]; /* of the time before the restart */
    uint64_t elapsed_ms;            /* of the maximum duration */
    uint32_t restarts;              /* how many there have been, this one included */
    bool is_begun_by_step;          /* the step has ended; else it is a Restart step, which goes on */
    uint64_t filetime;              /* when this was written */
};

struct journal {
    struct system *system;
    uint32_t sequence;
    uint64_t size_bytes;
    uint32_t error; /* the first error of an append; nothing is written after it */
    uint8_t frame[JOURNAL_RECORD_BYTES_MAX];
};

struct step_result {
    uint32_t exit_code;
    bool succeeded;
    enum exit_meaning meaning;
    enum step_end ended;
    uint32_t windows_error;
};

/* The header and the first record, in one write. */
void journal_begun(struct journal *journal);
void journal_step_started(struct journal *journal, uint32_t run, uint32_t step);
void journal_output(struct journal *journal, uint32_t run, const uint8_t *utf8, size_t size);
void journal_output_tail(struct journal *journal, uint32_t run, uint64_t dropped, const uint8_t *utf8, size_t size);
void journal_step_ended(struct journal *journal, uint32_t run, uint32_t step, const struct step_result *result);
void journal_ended(struct journal *journal, enum journal_end end, uint32_t last_exit_code);

void journal_restart(struct journal *journal, const struct journal_restart *restart);
/* The first record after a restart. */
void journal_resumed(struct journal *journal);

/* Reads a journal that is there to its end. True when its last record asks for a restart; then `journal` can be appended to. */
bool journal_awaits_restart(struct journal *journal, struct journal_restart *restart);

#endif
