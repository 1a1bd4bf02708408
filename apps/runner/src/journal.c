#include "journal.h"

#include "bytes.h"
#include "runner.h"

#include <string.h>

enum { HEADER_BYTES = 8, FRAME_BYTES = 20, CHECKSUM_BYTES = 4 };
enum { BEGUN = 1, STEP_STARTED = 3, OUTPUT = 4, OUTPUT_TAIL = 5, STEP_ENDED = 6, ENDED = 7 };

/* Where the body of the record goes that `append` then frames. The first record leaves room for the file's header. */
static uint8_t *body_of(struct journal *journal)
{
    return journal->frame + (journal->sequence == 0 ? HEADER_BYTES : 0) + FRAME_BYTES;
}

static void append(struct journal *journal, uint16_t kind, const uint8_t *body_end)
{
    uint8_t *record = body_of(journal) - FRAME_BYTES;
    size_t checked = (size_t)(body_end - record);
    if (journal->error) return;
    put_u32(record, (uint32_t)(checked + CHECKSUM_BYTES));
    put_u16(record + 4, kind);
    put_u16(record + 6, 0);
    put_u32(record + 8, journal->sequence);
    put_u64(record + 12, system_filetime(journal->system));
    put_u32(record + checked, crc32_of(record, checked));
    size_t size = (size_t)(record - journal->frame) + checked + CHECKSUM_BYTES;
    journal->error = system_append(journal->system, journal->frame, size);
    journal->sequence++;
    journal->size_bytes += size;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t size)
{
    if (size > 0) memcpy(at, bytes, size);
    return at + size;
}

void journal_begun(struct journal *journal)
{
    const size_t length = sizeof RUNNER_VERSION - 1;
    memcpy(journal->frame, "DRVJ\1\0\0\0", HEADER_BYTES);
    uint8_t *at = put_u64(body_of(journal), system_boot_filetime(journal->system));
    append(journal, BEGUN, put_bytes(put_u16(at, (uint16_t)length), RUNNER_VERSION, length));
}

void journal_step_started(struct journal *journal, uint32_t run, uint32_t step)
{
    append(journal, STEP_STARTED, put_u32(put_u32(body_of(journal), run), step));
}

void journal_output(struct journal *journal, uint32_t run, const uint8_t *utf8, size_t size)
{
    uint8_t *at = put_u32(put_u32(body_of(journal), run), (uint32_t)size);
    append(journal, OUTPUT, put_bytes(at, utf8, size));
}

void journal_output_tail(struct journal *journal, uint32_t run, uint64_t dropped, const uint8_t *utf8, size_t size)
{
    uint8_t *at = put_u64(put_u32(body_of(journal), run), dropped);
    append(journal, OUTPUT_TAIL, put_bytes(put_u32(at, (uint32_t)size), utf8, size));
}

void journal_step_ended(struct journal *journal, uint32_t run, uint32_t step, const struct step_result *result)
{
    uint8_t *at = put_u32(put_u32(put_u32(body_of(journal), run), step), result->exit_code);
    *at++ = result->succeeded ? 1 : 0;
    *at++ = (uint8_t)result->ended;
    append(journal, STEP_ENDED, put_u32(put_u16(at, 0), result->windows_error));
}

void journal_ended(struct journal *journal, enum journal_end end, uint32_t last_exit_code)
{
    append(journal, ENDED, put_u32(put_u32(body_of(journal), (uint32_t)end), last_exit_code));
}
