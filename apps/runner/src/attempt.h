/* One attempt at work, shared by the files that carry out its steps. */
#ifndef DROVER_ATTEMPT_H
#define DROVER_ATTEMPT_H

#include "runner.h"

enum why { GO_ON, WHY_CANCELLED, WHY_DURATION, WHY_STEP_TIME, WHY_JOURNAL };

struct attempt {
    struct runner *runner;
    struct system *system;
    const char *name;
    uint64_t begun_ms;         /* when the maximum duration began; before a restart: further back */
    uint64_t deadline_ms;
    uint64_t step_deadline_ms; /* of the step that goes on, never behind the deadline */
    uint64_t try_again_until_ms; /* 0: the step has not been tried again */
    uint32_t run;
    uint64_t run_started_ms;
    uint32_t restarts;
};

/* Carries out one step. GO_ON: `result` says how it ended, its time limit included. */
enum why step_perform(struct attempt *attempt, uint32_t position, struct step_result *result);

/* Waits until an instant, or as long as it may. GO_ON: the instant has come. */
enum why attempt_wait_until(struct attempt *attempt, uint64_t instant_ms);

/* GO_ON unless the attempt or its step has to end; takes no time. */
enum why attempt_look(struct attempt *attempt);

/* Starts nothing: watches the process that has been started until it ends or has to be stopped. */
enum why process_watch(struct attempt *attempt, struct step_result *result);

/* A Command step and a process step. */
enum why process_perform(struct attempt *attempt, const struct plan_step *step, struct step_result *result);

enum why kill_perform(struct attempt *attempt, const struct plan_step *step, struct step_result *result);

enum why uninstall_perform(struct attempt *attempt, const struct plan_step *step, struct step_result *result);

enum why restart_perform(struct attempt *attempt, uint32_t position, struct step_result *result);

/* A step has said that it has begun a restart: waits for it. GO_ON when it does not come. */
enum why restart_await(struct attempt *attempt, uint32_t position);

/* Adds a line to the output of the step. */
void attempt_say(struct attempt *attempt, const char *line);

#endif
