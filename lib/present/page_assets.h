/* page_assets.h: the report's style and scripts (lib/present/page/), embedded by scripts/embed-page. Private
 * to lib/present. */
#ifndef MT_PRESENT_PAGE_ASSETS_H
#define MT_PRESENT_PAGE_ASSETS_H

#include <stddef.h>

struct mt_page_assets {                       /* texts with a NUL behind them, and their bytes without it */
    const char *style, *script, *script_hash; /* hash: as a Content-Security-Policy names a script */
    const char *plotly,
        *plotly_hash; /* gzip in base64; NULL: built without. The hash is of the plain text. */
    size_t style_len, script_len, script_hash_len, plotly_len, plotly_hash_len;
};
extern const struct mt_page_assets mt_page_assets;

#endif
