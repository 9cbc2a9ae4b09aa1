/* report.h: the report and the charts that a run leaves beside its files. */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#define REPORT_FILE "report.html"

/* Draws the charts of a run that has ended, then writes its report, which so stands for all of them. What
 * goes wrong is a warning on stderr: the run is fine. */
void report_draw(const char *dir);
/* Writes those of them anew that are there. */
void report_renew(const char *dir);

#endif
