/* commands.h: the commands, one per file. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cmd/command.h"

extern const struct command command_bench;
extern const struct command command_check;
extern const struct command command_compare;
extern const struct command command_completion;
extern const struct command command_data;
extern const struct command command_embed;
extern const struct command command_eval;
extern const struct command command_gradcheck;
extern const struct command command_help;
extern const struct command command_list;
extern const struct command command_plot;
extern const struct command command_predict;
extern const struct command command_project;
extern const struct command command_report;
extern const struct command command_reproduce;
extern const struct command command_show;
extern const struct command command_sweep;
extern const struct command command_train;
extern const struct command command_verify;

#endif
