/* jpeg_seeds.c: writes the JPEG files that fuzzing begins with to a folder, each behind a byte of options for
 * the harness. */
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

static const struct seed {
    int w, h, channels, factor; /* factor: of the first component's sampling */
    int progressive, arithmetic, restart, quality;
} seeds[] = {
    {8, 8, 1, 1, 0, 0, 0, 75},   {9, 7, 1, 1, 0, 0, 1, 50},  {16, 16, 3, 1, 0, 0, 0, 75},
    {17, 15, 3, 2, 0, 0, 0, 30}, {16, 8, 3, 2, 1, 0, 0, 75}, {12, 12, 1, 1, 1, 0, 0, 90},
    {9, 9, 3, 2, 0, 1, 0, 75},   {9, 9, 1, 1, 1, 1, 0, 75},  {8, 8, 4, 1, 0, 0, 0, 75},
    {33, 2, 3, 4, 0, 0, 2, 10},  {1, 1, 3, 1, 0, 0, 0, 100}, {40, 40, 3, 2, 1, 0, 3, 20},
};

static void compress(const struct seed *s, unsigned char **out, unsigned long *len)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char row[256];
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, out, len);
    j.image_width = (JDIMENSION)s->w;
    j.image_height = (JDIMENSION)s->h;
    j.input_components = s->channels;
    j.in_color_space = s->channels == 1 ? JCS_GRAYSCALE : s->channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, s->quality, TRUE);
    j.comp_info[0].h_samp_factor = s->factor;
    j.comp_info[0].v_samp_factor = s->factor > 2 ? 1 : s->factor;
    j.arith_code = s->arithmetic;
    j.restart_interval = (unsigned)s->restart;
    if (s->progressive)
        jpeg_simple_progression(&j);
    jpeg_start_compress(&j, TRUE);
    for (int y = 0; y < s->h; y++) {
        JSAMPROW rows[] = {row};
        for (int x = 0; x < s->w * s->channels; x++)
            row[x] = (unsigned char)(x * 23 + y * 61 + x * y);
        jpeg_write_scanlines(&j, rows, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
}

static int put(const char *folder, const char *name, int number, const unsigned char *file, unsigned long len)
{
    char path[512];
    snprintf(path, sizeof path, "%s/seed-%s-%d", folder, name, number);
    FILE *f = fopen(path, "wb");
    if (!f)
        return -1;
    fputc(number % 2, f);
    fwrite(file, 1, len, f);
    return fclose(f);
}

int main(int argc, char **argv)
{
    int rc = argc == 2 ? 0 : 2;
    for (int i = 0; rc == 0 && i < (int)(sizeof seeds / sizeof *seeds); i++) {
        unsigned char *file = NULL;
        unsigned long len = 0;
        compress(&seeds[i], &file, &len);
        rc = put(argv[1], "whole", i, file, len) || put(argv[1], "cut", i, file, len * 2 / 3) ? 1 : 0;
        free(file);
    }
    return rc;
}
