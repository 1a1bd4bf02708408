#include "journal.h"

#include "bytes.h"
#include "runner.h"

#include <string.h>

enum { HEADER_BYTES = 8, FRAME_BYTES = 20, CHECKSUM_BYTES = 4 };
enum { BEGUN = 1, STEP_STARTED = 3, OUTPUT = 4, OUTPUT_TAIL = 5, STEP_ENDED = 6, ENDED = 7, RESTART = 8, RESUMED = 9 };
enum { RESTART_BODY_BYTES = 40 };

static const char header[] = "DRVJ\1\0\0";

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

static void append_start(struct journal *journal, uint16_t kind)
{
    const size_t length = sizeof RUNNER_VERSION - 1;
    uint8_t *at = put_u64(body_of(journal), system_boot_filetime(journal->system));
    append(journal, kind, put_bytes(put_u16(at, (uint16_t)length), RUNNER_VERSION, length));
}

void journal_begun(struct journal *journal)
{
    memcpy(journal->frame, header, HEADER_BYTES);
    append_start(journal, BEGUN);
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
    /* What it means beyond success and failure; the result says those. */
    *at++ = result->meaning >= MEANS_RESTART_NEEDED && result->meaning <= MEANS_TRY_AGAIN ? (uint8_t)result->meaning : 0;
    *at++ = 0;
    append(journal, STEP_ENDED, put_u32(at, result->windows_error));
}

void journal_ended(struct journal *journal, enum journal_end end, uint32_t last_exit_code)
{
    append(journal, ENDED, put_u32(put_u32(body_of(journal), (uint32_t)end), last_exit_code));
}

void journal_restart(struct journal *journal, const struct journal_restart *restart)
{
    uint8_t *at = put_u32(put_u32(body_of(journal), restart->run), restart->step);
    at = put_u64(put_bytes(at, restart->boot_id, BOOT_ID_BYTES), restart->elapsed_ms);
    at = put_u32(at, restart->restarts);
    append(journal, RESTART, put_u32(at, restart->is_begun_by_step ? 1 : 0));
}

void journal_resumed(struct journal *journal) { append_start(journal, RESUMED); }

static void read_restart(struct journal_restart *restart, const uint8_t *record)
{
    const uint8_t *body = record + FRAME_BYTES;
    restart->run = get_u32(body);
    restart->step = get_u32(body + 4);
    memcpy(restart->boot_id, body + 8, BOOT_ID_BYTES);
    restart->elapsed_ms = get_u64(body + 24);
    restart->restarts = get_u32(body + 32);
    restart->is_begun_by_step = get_u32(body + 36) != 0;
    restart->filetime = get_u64(record + 12);
}

/* Anything that is not whole and right to the last byte is not this runner's request: then nothing goes on by itself. */
bool journal_awaits_restart(struct journal *journal, struct journal_restart *restart)
{
    uint8_t *record = journal->frame;
    bool is_awaited = false;
    size_t size = system_read_journal(journal->system, 0, record, HEADER_BYTES);
    if (size != HEADER_BYTES || memcmp(record, header, HEADER_BYTES) != 0) return false;
    journal->size_bytes = HEADER_BYTES;
    for (journal->sequence = 0;; journal->sequence++) {
        size_t got = system_read_journal(journal->system, journal->size_bytes, record, FRAME_BYTES);
        if (got == 0) return is_awaited;
        if (got != FRAME_BYTES) return false;
        size = get_u32(record);
        if (size < FRAME_BYTES + CHECKSUM_BYTES || size > JOURNAL_RECORD_BYTES_MAX) return false;
        if (system_read_journal(journal->system, journal->size_bytes, record, size) != size) return false;
        if (get_u32(record + size - CHECKSUM_BYTES) != crc32_of(record, size - CHECKSUM_BYTES)) return false;
        if (get_u32(record + 8) != journal->sequence) return false;
        is_awaited = get_u16(record + 4) == RESTART && size >= FRAME_BYTES + RESTART_BODY_BYTES + CHECKSUM_BYTES;
        if (is_awaited) read_restart(restart, record);
        journal->size_bytes += size;
    }
}
