/* What a step prints, on its way into the journal: decoded to UTF-8, streamed until 64 KiB of the run have been
   journalled, and the last 64 KiB kept for the end. */
#ifndef DROVER_OUTPUT_H
#define DROVER_OUTPUT_H

#include "journal.h"

#define OUTPUT_CHUNK_BYTES 4096u
#define OUTPUT_LINE_BYTES 1024u
/* A byte of a code page becomes at most three of UTF-8. */
#define OUTPUT_TEXT_BYTES (3u * OUTPUT_LINE_BYTES)
#define OUTPUT_FLUSH_MS 250u

struct output {
    struct journal *journal;
    uint32_t run;
    bool is_cut; /* streaming has ended: a tail will follow */
    uint64_t total_bytes;
    uint64_t streamed_bytes;
    size_t line_size;
    size_t pending_size;
    uint8_t line[OUTPUT_LINE_BYTES]; /* the unfinished line, not decoded */
    uint8_t pending[OUTPUT_CHUNK_BYTES]; /* UTF-8 that is not in the journal yet */
    uint8_t text[OUTPUT_TEXT_BYTES];
    uint8_t ring[OUTPUT_TAIL_BYTES]; /* byte n of the output is at n % OUTPUT_TAIL_BYTES */
    uint8_t tail[OUTPUT_TAIL_BYTES];
};

void output_begin(struct output *output, struct journal *journal, uint32_t run);
void output_add(struct output *output, const uint8_t *bytes, size_t size);
/* True when something waits to be journalled. */
bool output_is_waiting(const struct output *output);
/* Journals what has arrived, all but the beginning of a character whose end has not. */
void output_flush(struct output *output);
/* Journals the rest, and the tail when the streaming was cut. */
void output_end(struct output *output);

#endif
