#include "output.h"

#include "runner.h"

#include <string.h>

/* How many bytes from the start are whole, valid UTF-8 characters. */
static size_t valid_utf8(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        uint8_t lead = bytes[at];
        if (lead >= 0x80 && (lead < 0xC2 || lead > 0xF4)) return at;
        size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (length > size - at) return at;
        for (size_t i = 1; i < length; i++)
            if ((bytes[at + i] & 0xC0) != 0x80) return at;
        if (lead == 0xE0 && bytes[at + 1] < 0xA0) return at; /* overlong */
        if (lead == 0xED && bytes[at + 1] >= 0xA0) return at; /* surrogate */
        if (lead == 0xF0 && bytes[at + 1] < 0x90) return at; /* overlong */
        if (lead == 0xF4 && bytes[at + 1] >= 0x90) return at; /* beyond U+10FFFF */
        at += length;
    }
    return at;
}

/* Whether these 1 to 3 bytes can be the beginning of a UTF-8 character. */
static bool is_unfinished_character(const uint8_t *bytes, size_t size)
{
    if (size == 0 || bytes[0] < 0xC2 || bytes[0] > 0xF4) return false;
    size_t length = bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : 2;
    if (size >= length) return false;
    for (size_t i = 1; i < size; i++)
        if ((bytes[i] & 0xC0) != 0x80) return false;
    return true;
}

static void flush_pending(struct output *output)
{
    if (output->pending_size == 0) return;
    journal_output(output->journal, output->run, output->pending, output->pending_size);
    output->streamed_bytes += output->pending_size;
    output->pending_size = 0;
}

static void keep(struct output *output, const uint8_t *utf8, size_t size)
{
    for (size_t i = 0; i < size; i++) output->ring[(output->total_bytes + i) % OUTPUT_TAIL_BYTES] = utf8[i];
    output->total_bytes += size;
    if (output->streamed_bytes + output->pending_size + size > OUTPUT_TAIL_BYTES) output->is_cut = true;
    if (output->journal->size_bytes > JOURNAL_OUTPUT_BYTES_MAX) output->is_cut = true;
    if (output->is_cut) return;
    if (output->pending_size + size > sizeof output->pending) flush_pending(output);
    memcpy(output->pending + output->pending_size, utf8, size);
    output->pending_size += size;
}

/* Programs print in the console's code page or, ever more often, in UTF-8. A piece that is valid UTF-8 is taken as it is:
   text in a code page with characters outside ASCII hardly ever is. */
static void decode_line(struct output *output, bool is_final)
{
    size_t valid = valid_utf8(output->line, output->line_size);
    size_t rest = output->line_size - valid;
    bool is_utf8 = rest == 0 || (!is_final && is_unfinished_character(output->line + valid, rest));
    if (is_utf8) {
        keep(output, output->line, valid);
        memmove(output->line, output->line + valid, rest);
        output->line_size = rest;
        return;
    }
    size_t size = system_text(output->journal->system, output->line, output->line_size, output->text, sizeof output->text);
    keep(output, output->text, size);
    output->line_size = 0;
}

void output_begin(struct output *output, struct journal *journal, uint32_t run)
{
    output->journal = journal;
    output->run = run;
    output->is_cut = false;
    output->total_bytes = output->streamed_bytes = 0;
    output->line_size = output->pending_size = 0;
}

void output_add(struct output *output, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        output->line[output->line_size++] = bytes[i];
        if (bytes[i] == '\n') decode_line(output, true);
        else if (output->line_size == sizeof output->line) decode_line(output, false);
    }
}

bool output_is_waiting(const struct output *output)
{
    return output->pending_size > 0 || (output->line_size > 0 && !output->is_cut);
}

void output_flush(struct output *output)
{
    if (output->line_size > 0) decode_line(output, false);
    flush_pending(output);
}

void output_end(struct output *output)
{
    if (output->line_size > 0) decode_line(output, true);
    flush_pending(output);
    if (!output->is_cut) return;

    uint64_t kept = output->total_bytes < OUTPUT_TAIL_BYTES ? output->total_bytes : OUTPUT_TAIL_BYTES;
    if (output->journal->size_bytes > JOURNAL_OUTPUT_BYTES_MAX) kept = 0;
    uint64_t first = output->total_bytes - kept;
    while (kept > 0 && first > 0 && (output->ring[first % OUTPUT_TAIL_BYTES] & 0xC0) == 0x80) first++, kept--;
    for (uint64_t i = 0; i < kept; i++) output->tail[i] = output->ring[(first + i) % OUTPUT_TAIL_BYTES];
    journal_output_tail(output->journal, output->run, first, output->tail, (size_t)kept);
}
