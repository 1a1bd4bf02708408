/* A batch file is not what is typed, in four ways that this file evens out:
   - a percent sign that begins no %NAME% is doubled (`for %i`, `100%`, a literal `%%`);
   - each line is a subroutine of its own, so that a batch file named in it (`npm install`) returns to the next line instead
     of ending the script; a block in parentheses and lines joined by a caret stay together;
   - commands are not echoed;
   - the exit code of the last line is the script's.
   Lines that can only be meant as a batch file (labels, goto, setlocal, exit /b, `for %%i`, `%~dp0`) are taken as one. */
#include "script.h"

#include <string.h>

struct text {
    char *at;
    size_t left;
    bool is_full;
};

struct line {
    const char *start;
    size_t size;
};

static void put(struct text *text, const char *bytes, size_t size)
{
    if (size > text->left) {
        text->is_full = true;
        return;
    }
    memcpy(text->at, bytes, size);
    text->at += size;
    text->left -= size;
}

static void put_text(struct text *text, const char *ascii) { put(text, ascii, strlen(ascii)); }

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Takes the next line off `rest`, without its end. */
static bool next_line(const char **rest, struct line *line)
{
    if (**rest == 0) return false;
    const char *end = strchr(*rest, '\n');
    if (!end) end = *rest + strlen(*rest);
    const char *start = *rest;
    *rest = *end ? end + 1 : end;
    while (end > start && end[-1] == '\r') end--;
    *line = (struct line){start, (size_t)(end - start)};
    return true;
}

/* Without the blanks around it. Lines are kept as typed: a blank at the end of `set NAME=value ` is part of the value. */
static struct line trimmed(struct line line)
{
    while (line.size > 0 && is_blank(line.start[0])) line.start++, line.size--;
    while (line.size > 0 && is_blank(line.start[line.size - 1])) line.size--;
    return line;
}

const char *script_single_line(char *command)
{
    const char *rest = command;
    struct line line, only = {command, 0};
    while (next_line(&rest, &line)) {
        if (trimmed(line).size == 0) continue;
        if (only.size > 0) return NULL;
        only = line;
    }
    command[(size_t)(only.start - command) + only.size] = 0;
    return only.start;
}

/* Where `word` stands as a word of its own in the line at or after `from`; the line's size when it does not. */
static size_t find_word(struct line line, const char *word, size_t from)
{
    size_t length = strlen(word);
    for (size_t at = from; at + length <= line.size; at++) {
        size_t same = 0;
        while (same < length && lower(line.start[at + same]) == word[same]) same++;
        bool begins = at == 0 || !(is_letter(line.start[at - 1]) || is_digit(line.start[at - 1]));
        bool ends = at + length == line.size || !is_letter(line.start[at + length]);
        if (same == length && begins && ends) return at;
    }
    return line.size;
}

static bool has_word(struct line line, const char *word) { return find_word(line, word, 0) < line.size; }

/* %~dp0 and its like: the script's own name, which only a batch file has. */
static bool has_script_name(struct line line)
{
    for (size_t at = 0; at + 2 < line.size; at++) {
        if (line.start[at] != '%' || line.start[at + 1] != '~') continue;
        size_t end = at + 2;
        while (end < line.size && is_letter(line.start[end])) end++;
        if (end < line.size && is_digit(line.start[end])) return true;
    }
    return false;
}

static bool is_batch_line(struct line line)
{
    if (trimmed(line).size > 0 && *trimmed(line).start == ':') return true;
    if (has_word(line, "goto") || has_word(line, "setlocal") || has_word(line, "exit /b")) return true;
    for (size_t at = find_word(line, "for", 0); at + 2 < line.size; at++)
        if (line.start[at] == '%' && line.start[at + 1] == '%' && is_letter(line.start[at + 2])) return true;
    return has_script_name(line);
}

static bool is_batch(const char *command)
{
    struct line line;
    while (next_line(&command, &line))
        if (is_batch_line(line)) return true;
    return false;
}

/* The length of %NAME% or %NAME:…% at `at`; 0 when what stands there is no variable, or a FOR variable of this line. */
static size_t variable_length(struct line line, size_t at)
{
    size_t end = at + 1;
    if (end >= line.size || !(is_letter(line.start[end]) || line.start[end] == '_')) return 0;
    while (end < line.size && (is_letter(line.start[end]) || is_digit(line.start[end]) || strchr("_().#$@-", line.start[end]))) end++;
    bool is_one_letter = end == at + 2;
    if (end < line.size && line.start[end] == ':')
        while (end < line.size && line.start[end] != '%') end++;
    if (end >= line.size || line.start[end] != '%') return 0;
    for (size_t loop = find_word(line, "for", 0); is_one_letter && loop + 1 < line.size; loop = find_word(line, "for", loop + 1)) {
        size_t name = loop + 3;
        while (name < line.size && is_blank(line.start[name])) name++;
        if (name + 1 < line.size && line.start[name] == '%' && line.start[name + 1] == line.start[at + 1]) return 0;
    }
    return end + 1 - at;
}

static void put_typed_line(struct text *text, struct line line)
{
    for (size_t at = 0; at < line.size;) {
        if (line.start[at] != '%') {
            put(text, line.start + at++, 1);
            continue;
        }
        size_t length = variable_length(line, at);
        if (length > 0) put(text, line.start + at, length);
        else put_text(text, "%%");
        at += length > 0 ? length : 1;
    }
    put_text(text, "\r\n");
}

static bool is_continued(struct line line)
{
    size_t carets = 0;
    while (carets < line.size && line.start[line.size - 1 - carets] == '^') carets++;
    return carets % 2 == 1;
}

static void put_number(struct text *text, unsigned number)
{
    char digits[10];
    size_t first = sizeof digits;
    do digits[--first] = (char)('0' + number % 10);
    while (number /= 10);
    put(text, digits + first, sizeof digits - first);
}

/* One subroutine for each typed line or block; returns how many there are. */
static unsigned put_subroutines(struct text *text, const char *command)
{
    struct line line;
    unsigned count = 0, depth = 0;
    bool is_open = false;
    while (next_line(&command, &line)) {
        struct line core = trimmed(line);
        if (core.size == 0 && !is_open) continue;
        if (!is_open) {
            put_text(text, ":drover-");
            put_number(text, ++count);
            put_text(text, "\r\n");
        }
        put_typed_line(text, line);
        if (core.size > 0 && core.start[0] == ')' && depth > 0) depth--;
        if (core.size > 0 && core.start[core.size - 1] == '(') depth++;
        is_open = depth > 0 || is_continued(line);
        /* The blank line keeps a caret at the end from reaching the next command. */
        if (!is_open) put_text(text, "\r\ngoto :eof\r\n");
    }
    if (is_open) put_text(text, "\r\ngoto :eof\r\n");
    return count;
}

bool script_write(const char *command, char *script, size_t capacity)
{
    struct text text = {script, capacity - 1, false};
    struct line line;
    put_text(&text, "@echo off\r\n");
    if (is_batch(command)) {
        while (next_line(&command, &line)) {
            put(&text, line.start, line.size);
            put_text(&text, "\r\n");
        }
    } else {
        put_text(&text, "goto :drover-start\r\n");
        unsigned count = put_subroutines(&text, command);
        put_text(&text, ":drover-start\r\n");
        for (unsigned i = 1; i <= count; i++) {
            put_text(&text, "call :drover-");
            put_number(&text, i);
            put_text(&text, "\r\n");
        }
        put_text(&text, "exit %errorlevel%\r\n");
    }
    *text.at = 0;
    return !text.is_full;
}
