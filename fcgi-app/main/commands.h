/* commands.h - the functions behind commands.def. */
#ifndef MAIN_COMMANDS_H
#define MAIN_COMMANDS_H

#define COMMAND(name, function, sentence) int function(int argc, char **argv);
#include "main/commands.def"
#undef COMMAND

#endif
