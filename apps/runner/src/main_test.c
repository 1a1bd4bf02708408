/* `make check`: the runner's decisions on Linux, against a computer that only says what a test has written down. The plans and
   journals are the vectors that TypeScript reads and writes; journals must come out byte for byte. */
#include "bytes.h"
#include "tests.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;
struct runner runner;
struct system computer;
const char *vectors;

void expect(bool holds, const char *what, const char *detail)
{
    if (holds) return;
    failures++;
    printf("FAILED %s: %s\n", what, detail);
}

static const char attempt_name[] = "6f9619ff-8b86-4011-b42d-00c04fc964ff-1";

size_t read_hex(const char *path, uint8_t *bytes, size_t capacity)
{
    FILE *file = fopen(path, "r");
    size_t size = 0;
    unsigned byte;
    if (!file) {
        expect(false, "cannot open", path);
        return 0;
    }
    while (size < capacity && fscanf(file, "%2x", &byte) == 1) bytes[size++] = (uint8_t)byte;
    fclose(file);
    return size;
}

const char *path_of(const char *folder, const char *name, const char *ending)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s%s", vectors, folder, name, ending);
    return path;
}

/* A computer that has been given the plan and will do what `events` say. */
void prepare(const char *plan, const struct event *events)
{
    memset(&runner, 0, sizeof runner);
    memset(&computer, 0, sizeof computer);
    computer.events = events;
    computer.plan_size = read_hex(path_of("plans", plan, ".hex"), computer.plan, sizeof computer.plan);
}

uint32_t run(const char *word)
{
    const char *const arguments[] = {attempt_name, word};
    return runner_main(&runner, &computer, word ? 2 : 1, arguments);
}

static const char *const field_names[] = {"", "type", "command", "codes", "success", "failure", "timeout", "needed", "begun",
                                          "again", "flags", "number", "text", "second", "product", "version", "criteria"};

static void describe_codes(struct slice codes, FILE *out)
{
    for (size_t at = 0; at < codes.size; at += 4) fprintf(out, "%s%u", at ? "," : "", get_u32(codes.bytes + at));
}

static void describe_step(const struct plan_step *step, FILE *out)
{
    fprintf(out, "step type %u", (unsigned)step->type);
    for (int tag = FIELD_COMMAND; tag < STEP_FIELDS; tag++) {
        struct slice field = step->fields[tag];
        if (!field.bytes) continue;
        fprintf(out, " %s ", field_names[tag]);
        if (tag == FIELD_ON_SUCCESS) fprintf(out, "%u", step->on_success);
        else if (tag == FIELD_ON_FAILURE) fprintf(out, "%u", step->on_failure);
        else if (tag == FIELD_TIMEOUT) fprintf(out, "%u", step->timeout_seconds);
        else if (tag == FIELD_FLAGS) fprintf(out, "%u", step->flags);
        else if (tag == FIELD_NUMBER) fprintf(out, "%u", step->number);
        else if (tag == FIELD_SUCCESS_CODES || (tag >= FIELD_RESTART_NEEDED_CODES && tag <= FIELD_TRY_AGAIN_CODES)) describe_codes(field, out);
        else
            for (size_t at = 0; at < field.size; at++) fprintf(out, "%02x", field.bytes[at]);
    }
    fprintf(out, "\n");
}

static void describe_plan(const struct plan *plan, FILE *out)
{
    fprintf(out, "attempt %.*s\n", (int)plan->attempt.size, (const char *)plan->attempt.bytes);
    fprintf(out, "seconds %u\nretain %llu\n", plan->maximum_duration_seconds, (unsigned long long)plan->retain_until);
    for (uint32_t i = 0; i < plan->step_count; i++) describe_step(&plan->steps[i], out);
}

/* Every cut and every changed byte must be refused: a plan is never carried out in part. */
static void check_refusals(const char *name, const uint8_t *bytes, size_t size)
{
    static uint8_t changed[PLAN_BYTES_MAX];
    for (size_t at = 0; at < size; at++) {
        /* A block of its own, so that the sanitizer sees a read behind its end. */
        uint8_t *cut = malloc(at + 1);
        memcpy(cut, bytes, at);
        expect(!plan_read(&runner.plan, cut, at), "a plan that is cut is refused", name);
        memcpy(changed, bytes, size);
        changed[at] ^= 0x10;
        expect(!plan_read(&runner.plan, changed, size), "a changed plan is refused", name);
        /* With a right checksum nothing is known about the answer but that reading stays inside. */
        put_u32(changed + size - 4, crc32_of(changed, size - 4));
        plan_read(&runner.plan, changed, size);
        free(cut);
    }
}

static void check_wrong_size(const char *name, uint8_t *bytes, size_t size)
{
    put_u32(bytes + 8, (uint32_t)size + 1);
    put_u32(bytes + size - 4, crc32_of(bytes, size - 4));
    expect(!plan_read(&runner.plan, bytes, size), "a plan of another size is refused", name);
}

static void check_plan(const char *name)
{
    static char expected[65536], described[65536];
    FILE *file = fopen(path_of("plans", name, ".txt"), "r");
    if (!file) {
        expect(false, "no description", name);
        return;
    }
    expected[fread(expected, 1, sizeof expected - 1, file)] = 0;
    fclose(file);
    prepare(name, NULL);
    FILE *out = fmemopen(described, sizeof described, "w");
    bool is_read = plan_read(&runner.plan, computer.plan, computer.plan_size);
    if (is_read) describe_plan(&runner.plan, out);
    else fprintf(out, "damaged\n");
    fclose(out);
    expect(strcmp(expected, described) == 0, "the plan reads as TypeScript reads it", name);
    if (!is_read) return;
    check_refusals(name, computer.plan, computer.plan_size);
    check_wrong_size(name, computer.plan, computer.plan_size);
}

static void check_plans(void)
{
    char folder[1024];
    unsigned count = 0;
    snprintf(folder, sizeof folder, "%s/plans", vectors);
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char *ending = strstr(entry->d_name, ".hex");
        if (!ending) continue;
        *ending = 0;
        check_plan(entry->d_name);
        count++;
    }
    if (directory) closedir(directory);
    expect(count >= 20, "the plans are there", folder);
}

bool is_beginning(const char *name)
{
    static uint8_t expected[65536];
    size_t size = read_hex(path_of("journals", name, ".hex"), expected, sizeof expected);
    return size > 0 && size <= computer.journal_size && memcmp(expected, computer.journal, size) == 0;
}

void check_prepared_journal(const char *name, uint32_t exit_code, unsigned stops)
{
    static uint8_t expected[65536];
    expect(run("begin") == exit_code, "the exit code says how it ended", name);
    size_t size = read_hex(path_of("journals", name, ".hex"), expected, sizeof expected);
    expect(is_beginning(name) && size == computer.journal_size, "the journal is the vector", name);
    expect(computer.stops == stops, "processes are stopped when they must be", name);
}

static void check_journal(const char *name, const struct event *events, uint32_t exit_code, unsigned stops)
{
    prepare(name, events);
    check_prepared_journal(name, exit_code, stops);
}

static void check_journals(void)
{
    check_journal("branches",
                  (const struct event[]){{EVENT_OUTPUT, 10, "Gr\xC3\xB6\xC3\x9F" "e\r\n", 0, 0},
                                         {EVENT_EXITED, 10, NULL, 7, 0},
                                         {EVENT_EXITED, 20, NULL, 0xFFFFFFFFu, 0}},
                  0, 0);
    check_journal("cancelled",
                  (const struct event[]){{EVENT_OUTPUT, 10, "working\r\n", 0, 0}, {EVENT_CANCELLED, 390, NULL, 0, 0}}, 3, 1);
    check_journal("maximum-duration", (const struct event[]){{.kind = EVENT_TIMEOUT}}, 2, 1);
    check_journal("not-started", (const struct event[]){{.start_error = 5}}, 1, 0);
    check_journal("damaged-checksum", NULL, ERROR_DAMAGED_PLAN, 0);
}

/* Walks the frames; adds up what the records of `kind` carry and returns how many there are. */
static unsigned count_records(uint16_t kind, size_t *data_bytes, const uint8_t **last_body)
{
    unsigned count = 0;
    *data_bytes = 0;
    for (size_t at = 8; at < computer.journal_size; at += get_u32(computer.journal + at)) {
        if (get_u16(computer.journal + at + 4) != kind) continue;
        count++;
        *last_body = computer.journal + at + 20;
        *data_bytes += get_u32(*last_body + (kind == 5 ? 12 : 4));
    }
    return count;
}

/* Wherever the last 64 KiB begin, they begin with a whole character. */
static void check_tail_begins_whole(struct event *events)
{
    static char rest[OUTPUT_CHUNK_BYTES];
    const uint8_t *body = NULL;
    size_t bytes;
    for (unsigned length = 0; length < 100; length++) {
        memset(rest, 'x', length);
        rest[length] = 0;
        events[999].text = rest;
        prepare("cancelled", events);
        run("begin");
        expect(count_records(5, &bytes, &body) == 1 && (body[16] & 0xC0) != 0x80, "the tail begins with a character", "tail");
    }
}

static void check_output(void)
{
    static struct event events[1002];
    const uint8_t *body = NULL;
    size_t bytes;
    for (int i = 0; i < 1000; i++) events[i] = (struct event){EVENT_OUTPUT, 1, "Stra\xDF" "e \xC3\xA9\r\n.. \xE2\x82\xAC 0123456789 0123456789 0123456789 0123456789 01234567 0123456\r\n", 0, 0};
    events[1000] = (struct event){EVENT_EXITED, 1, NULL, 0, 0};
    prepare("cancelled", events);
    expect(run("begin") == 0, "a talkative step succeeds", "exit code");
    expect(count_records(4, &bytes, &body) >= 16 && bytes <= OUTPUT_TAIL_BYTES && bytes > OUTPUT_TAIL_BYTES - 100, "64 KiB are streamed", "size");
    expect(count_records(5, &bytes, &body) == 1 && bytes <= OUTPUT_TAIL_BYTES && bytes > OUTPUT_TAIL_BYTES - 4, "the tail follows", "size");
    const size_t event_bytes = strlen(events[0].text) + 3; /* the line in the code page has three characters of two bytes */
    expect(get_u64(body + 4) + bytes == 1000 * event_bytes, "what is dropped is counted", "dropped bytes");
    expect(memcmp(body + 16 + bytes - 4, "56\r\n", 4) == 0, "the tail ends with the last output", "tail");

    check_tail_begins_whole(events);

    /* A character that comes in two pieces is one; a piece that is no UTF-8 is the code page's. */
    prepare("cancelled", (const struct event[]){{EVENT_OUTPUT, 0, "a\xE2", 0, 0}, {EVENT_OUTPUT, 300, "\x82\xAC\n\xFC", 0, 0}, {EVENT_EXITED, 0, NULL, 0, 0}});
    run("begin");
    expect(count_records(4, &bytes, &body) == 2 && bytes == 1 + 4 + 2, "pieces are joined", "size");
}

static void check_refused_starts(void)
{
    prepare("cancelled", NULL);
    computer.is_claimed = true;
    expect(run("begin") == ERROR_SECOND_START && computer.journal_size == 0 && computer.starts == 0, "a second start is refused", "begin");
    expect(run("Begin") == ERROR_WRONG_ARGUMENTS, "only the word begin begins", "Begin");
    const char *const outside[] = {"..\\evil", "begin"};
    expect(runner_main(&runner, &computer, 2, outside) == ERROR_WRONG_ARGUMENTS, "a path is no attempt", "name");
    expect(run(NULL) == 0 && run("$(Arg0)") == 0 && run("$(Arg1)") == 0 && run("") == 0, "a sweep", "exit code");
    expect(computer.sweeps == 0 && computer.starts == 0, "nothing is swept before the retention has passed", "sweep");
    computer.awake_ms = 30ull * 24 * 3600 * 1000;
    expect(run("$(Arg0)") == 0 && computer.sweeps == 1 && computer.starts == 0, "then it is", "sweep");

    /* The plan of another attempt is not carried out. */
    prepare("cancelled", NULL);
    const char *const other[] = {"6f9619ff-8b86-4011-b42d-00c04fc964ff-2", "begin"};
    expect(runner_main(&runner, &computer, 2, other) == ERROR_DAMAGED_PLAN && computer.starts == 0, "another attempt's plan", "begin");
}

static void check_limits(void)
{
    /* A step that leads back to itself and takes no time: paced, it ends at the maximum duration, below 10,000 runs. */
    prepare("no-success-codes", NULL);
    computer.exits_at_once = true;
    expect(run("begin") == 2, "a loop ends at the maximum duration", "exit code");
    expect(computer.starts > 9000 && computer.starts < 10000, "a loop is paced", "runs");
    expect(computer.awake_ms >= 30ull * 24 * 3600 * 1000, "for all of the duration", "time");

    /* A journal that has grown to its limit says only how much was printed. */
    prepare("cancelled", (const struct event[]){{EVENT_OUTPUT, 1, "twelve bytes", 0, 0}, {EVENT_EXITED, 1, NULL, 0, 0}});
    runner.journal.size_bytes = JOURNAL_OUTPUT_BYTES_MAX;
    const uint8_t *body = NULL;
    size_t bytes;
    expect(run("begin") == 0 && count_records(4, &bytes, &body) == 0, "no output beyond the limit", "output");
    expect(count_records(5, &bytes, &body) == 1 && bytes == 0 && get_u64(body + 4) == 12, "only its length", "tail");

    /* Without a journal nothing goes on. */
    prepare("cancelled", (const struct event[]){{EVENT_EXITED, 1, NULL, 0, 0}});
    computer.failing_append = 2;
    expect(run("begin") == 112 && computer.starts == 0 && computer.appends == 2, "no step without its record", "begin");
    prepare("branches", (const struct event[]){{EVENT_EXITED, 1, NULL, 7, 0}});
    computer.failing_append = 3;
    expect(run("begin") == 112 && computer.starts == 1, "no next step without the end of the one before", "begin");
}

static void check_script(const char *command, const char *expected)
{
    static char copy[4096], script[SCRIPT_BYTES_MAX];
    snprintf(copy, sizeof copy, "%s", command);
    const char *line = script_single_line(copy);
    if (line) {
        expect(strcmp(line, expected) == 0, "one line stays as it is", command);
        return;
    }
    expect(script_write(copy, script, sizeof script) && strcmp(script, expected) == 0, "the script for", command);
    for (size_t capacity = 1; capacity <= strlen(expected); capacity++)
        expect(!script_write(copy, script, capacity), "a script that does not fit is refused", command);
}

#define FRAME_1(a) "@echo off\r\ngoto :drover-start\r\n:drover-1\r\n" a "\r\ngoto :eof\r\n"
#define FRAME_2(b) ":drover-2\r\n" b "\r\ngoto :eof\r\n"
#define CALLS_1 ":drover-start\r\ncall :drover-1\r\nexit %errorlevel%\r\n"
#define CALLS_2 ":drover-start\r\ncall :drover-1\r\ncall :drover-2\r\nexit %errorlevel%\r\n"

static void check_scripts(void)
{
    check_script("", "");
    check_script("\r\n  echo \"%i\" 100%  \r\n\r\n", "  echo \"%i\" 100%  ");
    check_script("set A=1 \r\necho %A% %A:~0,1% %ProgramFiles(x86)% 100%% 5%", FRAME_1("set A=1 \r\n") FRAME_2("echo %A% %A:~0,1% %ProgramFiles(x86)% 100%%%% 5%%\r\n") CALLS_2);
    check_script("for %i in (a b) do echo %i%A%%~nxi\nver", FRAME_1("for %%i in (a b) do echo %%i%A%%%~nxi\r\n") FRAME_2("ver\r\n") CALLS_2);
    check_script("for %i in (a) do echo %i%\nver", FRAME_1("for %%i in (a) do echo %%i%%\r\n") FRAME_2("ver\r\n") CALLS_2);
    check_script("if 1==1 (\necho a\n) else (\necho b\n)\necho c^\nd", FRAME_1("if 1==1 (\r\necho a\r\n) else (\r\necho b\r\n)\r\n") FRAME_2("echo c^\r\nd\r\n") CALLS_2);
    check_script("echo a^\n", "echo a^");
    check_script("if 1==1 (\necho a", FRAME_1("if 1==1 (\r\necho a\r\n") CALLS_1);
    check_script("for %%i in (1) do echo %%i\nver", "@echo off\r\nfor %%i in (1) do echo %%i\r\nver\r\n");
    check_script("ver\n:again\ngoto again", "@echo off\r\nver\r\n:again\r\ngoto again\r\n");
    check_script("ver\nEXIT /B 3", "@echo off\r\nver\r\nEXIT /B 3\r\n");
    check_script("cd %~dp0\nver", "@echo off\r\ncd %~dp0\r\nver\r\n");
    check_script("echo forgotten %%i\nver", FRAME_1("echo forgotten %%%%i\r\n") FRAME_2("ver\r\n") CALLS_2);
}

int main(int count, char **arguments)
{
    if (count != 2) return 2;
    vectors = arguments[1];
    expect(crc32_of((const uint8_t *)"123456789", 9) == 0xCBF43926u, "CRC-32", "check value");
    check_plans();
    check_journals();
    check_output();
    check_refused_starts();
    check_limits();
    check_scripts();
    check_criteria();
    check_steps();
    check_fuzz();
    if (failures == 0) printf("the runner's decisions hold\n");
    return failures ? 1 : 0;
}
