/* The steps that the runner carries out itself, what exit codes mean, and restarts: mostly as journals that TypeScript has
   written down. */
#include "tests.h"

#include <string.h>

static void check_own_steps(void)
{
    static const struct process_entry processes[] = {
        {.id = 10, .parent = 1, .created = 5, .name = "firefox.exe"},
        {.id = 11, .parent = 10, .created = 6, .name = "plugin.exe"},
        {.id = 12, .parent = 10, .created = 4, .name = "older-than-its-parent.exe"},
        {.id = 13, .parent = 1, .created = 6, .name = "firewall.exe.bak"},
    };
    prepare("own-steps", NULL);
    memcpy(computer.processes, processes, sizeof processes);
    computer.process_count = 4;
    check_prepared_journal("own-steps", 0, 0);
    expect(computer.ended_count == 2 && computer.messages == 1, "what must be done is done", "own-steps");
}

static const struct event meanings[] = {
    {EVENT_EXITED, 100, NULL, 1618, 0},
    {EVENT_EXITED, 100, NULL, 0, 0},
    {EVENT_EXITED, 60000, NULL, 0, 0},
    {EVENT_EXITED, 100, NULL, 1641, 0},
    {.kind = EVENT_TIMEOUT},
};

/* The restart comes when the runner waits for it: what is in the journal then is all that is left. */
static void check_restart(void)
{
    prepare("exit-meanings", meanings);
    computer.busy_installer_polls = 2;
    run("begin");
    expect(computer.step_stops == 1 && computer.stops == 1, "a step is stopped alone at its own limit", "exit-meanings");
    expect(computer.restarts == 1 && computer.aborts == 1, "a restart that does not come is taken back", "exit-meanings");
    expect(is_beginning("exit-meanings"), "the journal is the vector", "exit-meanings");
    size_t size = read_hex(path_of("journals", "exit-meanings", ".hex"), computer.journal, sizeof computer.journal);

    computer.journal_size = size;
    expect(run(NULL) == 0 && computer.journal_size == size, "nothing goes on before the computer has restarted", "same boot");
    computer.boot++;
    computer.journal[size - 1] ^= 1;
    expect(run(NULL) == 0 && computer.journal_size == size, "nothing goes on after a damaged record", "damage");
    computer.journal[size - 1] ^= 1;
    computer.journal_size = size - 1;
    expect(run(NULL) == 0 && computer.journal_size == size - 1, "nothing goes on after half a record", "cut");
    computer.journal_size = size;
    expect(run("begin") == ERROR_SECOND_START && computer.journal_size == size, "a second start stays refused", "begin");
}

static void check_resumed(void)
{
    static const char name[] = "exit-meanings-resumed";
    static uint8_t whole[4096];
    prepare("exit-meanings", meanings);
    size_t size = read_hex(path_of("journals", name, ".hex"), whole, sizeof whole);
    /* The first three records are what was there before the restart. */
    size_t before = 8;
    for (int i = 0; i < 3; i++) before += get_u32(whole + before);
    memcpy(computer.journal, whole, before);
    computer.journal_size = before;
    computer.is_claimed = true;
    computer.boot = 1;
    computer.awake_ms = 60000;
    expect(run("$(Arg0)") == 0, "goes on after the restart", name);
    expect(computer.journal_size == size && memcmp(computer.journal, whole, size) == 0, "the journal is the vector", name);
    expect(computer.starts == 0 && computer.restarts == 0, "nothing is done twice", name);
    expect(run("$(Arg0)") == 0 && computer.journal_size == size, "goes on once", name);
}

/* 15 minutes, of which 60 seconds are left when the restart is asked for. */
static void check_duration_over_restarts(void)
{
    struct journal_restart restart = {.run = 0, .step = 2, .elapsed_ms = 840000, .restarts = 10, .is_begun_by_step = true};
    prepare("exit-meanings", (const struct event[]){{.kind = EVENT_TIMEOUT}});
    computer.is_claimed = true;
    runner.journal.system = &computer;
    journal_begun(&runner.journal);
    journal_step_started(&runner.journal, 0, 2);
    journal_restart(&runner.journal, &restart);
    size_t before = computer.journal_size;
    uint8_t copy[1024];
    memcpy(copy, computer.journal, before);
    computer.boot = 1;
    computer.awake_ms = 61000;
    expect(run(NULL) == END_MAXIMUM_DURATION, "a restart takes its time from the maximum duration", "61 s");

    prepare("exit-meanings", (const struct event[]){{.kind = EVENT_TIMEOUT}});
    memcpy(computer.journal, copy, before);
    computer.journal_size = before;
    computer.is_claimed = true;
    computer.boot = 1;
    expect(run(NULL) == END_STOPPED_FAILURE && computer.restarts == 0, "restarts are bounded", "eleventh");
}

void check_steps(void)
{
    check_own_steps();
    check_restart();
    check_resumed();
    check_duration_over_restarts();
}
