/* Criteria against the vectors that TypeScript evaluates too, and a plan reader that stays inside whatever it is given. */
#include "tests.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 256, FUZZ_ROUNDS = 20000 };

static char computer_text[65536];
static char *lines[LINES_MAX];
static char told[65536];

static void read_computer(void)
{
    FILE *file = fopen(path_of("criteria", "computer", ".txt"), "r");
    size_t count = 0;
    expect(file != NULL, "the computer of the criteria is there", "computer.txt");
    if (!file) return;
    /* Behind the end are empty parts, for lines that have fewer than others. */
    size_t size = fread(computer_text, 1, sizeof computer_text - 64, file);
    fclose(file);
    char *start = computer_text;
    for (size_t i = 0; i < size; i++) {
        if (computer_text[i] == '\t') computer_text[i] = 0;
        if (computer_text[i] != '\n' || count + 1 == LINES_MAX) continue;
        computer_text[i] = 0;
        lines[count++] = start;
        start = computer_text + i + 1;
    }
    computer.facts = lines;
}

static void keep_line(void *context, const char *line)
{
    (void)context;
    size_t length = strlen(told);
    snprintf(told + length, sizeof told - length, "  %.*s\n", (int)strlen(line) - 2, line);
}

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t size = 0;
    for (unsigned byte; sscanf(hex + 2 * size, "%2x", &byte) == 1; size++) bytes[size] = (uint8_t)byte;
    return size;
}

/* A case's line: name, bytes, whether it holds; then the lines that are told, indented. */
static void check_case(char *line, const char *expected)
{
    static uint8_t bytes[65536];
    char *hex = strchr(line, '\t');
    char *holds = hex ? strchr(hex + 1, '\t') : NULL;
    expect(holds != NULL, "a case has three parts", line);
    if (!holds) return;
    *hex++ = *holds++ = 0;
    struct slice criteria = {bytes, from_hex(hex, bytes)};
    told[0] = 0;
    runner.criteria.system = &computer;
    runner.criteria.say = keep_line;
    expect(criteria_are_valid(criteria), "criteria are understood", line);
    expect(criteria_hold(&runner.criteria, criteria) == (strcmp(holds, "yes") == 0), "criteria hold as in TypeScript", line);
    expect(strcmp(told, expected) == 0, "what is told is what TypeScript tells", line);
    if (strcmp(told, expected) != 0) printf("%s---\n%s", told, expected);
}

void check_criteria(void)
{
    static char line[65536], next[65536], expected[65536];
    unsigned count = 0;
    read_computer();
    FILE *file = fopen(path_of("criteria", "cases", ".txt"), "r");
    expect(file != NULL, "the cases are there", "cases.txt");
    if (!file || !fgets(line, sizeof line, file)) return;
    for (bool more = true; more; count++) {
        expected[0] = 0;
        while ((more = fgets(next, sizeof next, file) != NULL) && next[0] == ' ') strcat(expected, next);
        line[strcspn(line, "\n")] = 0;
        check_case(line, expected);
        strcpy(line, next);
    }
    fclose(file);
    computer.facts = NULL;
    expect(count > 50, "there are cases", "count");
}

static uint32_t random_state = 1;

/* Xorshift: the same bytes in every run, so that a failure can be repeated. */
static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    return random_state ^= random_state << 5;
}

/* Changes a plan here and there, says its size and checksum right, and has what it reads used, too. */
static void fuzz_plan(const uint8_t *plan, size_t size)
{
    uint8_t *changed = malloc(size); /* a block of its own, so that the sanitizer sees a read behind its end */
    memcpy(changed, plan, size);
    for (uint32_t i = next_random() % 6; i < 6; i++) {
        size_t at = 12 + next_random() % (size - 16);
        changed[at] = (uint8_t)(next_random() % 3 ? next_random() % 32 : next_random());
    }
    put_u32(changed + size - 4, crc32_of(changed, size - 4));
    if (plan_read(&runner.plan, changed, size))
        for (uint32_t i = 0; i < runner.plan.step_count; i++)
            if (runner.plan.steps[i].type == STEP_CONDITION) {
                told[0] = 0;
                criteria_hold(&runner.criteria, runner.plan.steps[i].fields[FIELD_CRITERIA]);
            }
    free(changed);
}

void check_fuzz(void)
{
    static uint8_t plan[65536];
    char folder[1024];
    runner.criteria.system = &computer;
    runner.criteria.say = keep_line;
    computer.facts = lines;
    snprintf(folder, sizeof folder, "%s/plans", vectors);
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char *ending = strstr(entry->d_name, ".hex");
        if (!ending) continue;
        *ending = 0;
        size_t size = read_hex(path_of("plans", entry->d_name, ".hex"), plan, sizeof plan);
        uint32_t rounds = strcmp(entry->d_name, "every-type") == 0 ? FUZZ_ROUNDS : FUZZ_ROUNDS / 50;
        for (uint32_t i = 0; size > 16 && i < rounds; i++) fuzz_plan(plan, size);
    }
    if (directory) closedir(directory);
}
