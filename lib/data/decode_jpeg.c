/* decode_jpeg.c: JPEG through libjpeg-turbo. Its warnings about missing or wrong data are errors here: a
 * half-gray image is not one to learn from. Stray bytes between segments, common and harmless, are let pass,
 * and so is what follows the end. Arithmetic coding is refused, for its decoder fills in what is missing
 * without a word. */
#include "lib/data/image.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#define MAX_SCANS 100 /* each one costs a pass over the image, so that a small file could cost hours */

struct decoder {
    struct jpeg_decompress_struct j;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf fail;
    char text[JMSG_LENGTH_MAX];
};

bool mt_is_jpeg(const uint8_t *file, size_t len)
{
    return len >= 3 && file[0] == 0xff && file[1] == 0xd8 && file[2] == 0xff;
}

static void on_error(j_common_ptr j)
{
    struct decoder *d = j->client_data;
    j->err->format_message(j, d->text);
    longjmp(d->fail, 1);
}

static void on_message(j_common_ptr j, int level)
{
    if (level < 0 && j->err->msg_code != JWRN_EXTRANEOUS_DATA)
        on_error(j);
}

static void on_progress(j_common_ptr j)
{
    struct decoder *d = j->client_data;
    if (d->j.input_scan_number > MAX_SCANS) {
        snprintf(d->text, sizeof d->text, "more than %d scans", MAX_SCANS);
        longjmp(d->fail, 1);
    }
}

static void begin(struct decoder *d, const uint8_t *file, size_t len)
{
    d->j.err = jpeg_std_error(&d->errors);
    d->j.client_data = d;
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    jpeg_create_decompress(&d->j); /* clears all but err and client_data */
    d->j.mem->max_memory_to_use = MT_IMAGE_MAX_BYTES;
    d->progress.progress_monitor = on_progress;
    d->j.progress = &d->progress;
    jpeg_mem_src(&d->j, file, (unsigned long)len);
    jpeg_read_header(&d->j, TRUE);
}

static int failed(const struct decoder *d, const char *path, struct mt_err *err)
{
    if (d->errors.msg_code == JERR_OUT_OF_MEMORY)
        return mt_err_memory(err, path, (size_t)d->j.image_width * d->j.image_height * 3);
    if (d->errors.msg_code == JERR_NO_BACKING_STORE)
        return mt_err_set(
            err, MT_ERR_DATA,
            "%s: is a JPEG of %ux%u in several scans (progressive), whose decoder needs more than "
            "%zu MiB; save it without, or reduce it",
            path, d->j.image_width, d->j.image_height, MT_IMAGE_MAX_BYTES >> 20);
    return mt_err_set(err, MT_ERR_DATA, "%s: is a damaged JPEG file: %s; replace or remove it", path,
                      d->text);
}

static int check_kind(const struct decoder *d, const char *path, struct mt_err *err)
{
    int n = d->j.num_components;
    if (d->j.arith_code)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: is a JPEG with arithmetic coding, in which damage goes unseen; save it with "
                          "Huffman coding",
                          path);
    if (n != 1 && n != 3)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: is a JPEG with %d color components%s; convert it to gray or RGB", path, n,
                          n == 4 ? " (CMYK)" : "");
    return mt_image_check_size(path, d->j.image_width, d->j.image_height, (size_t)n, err);
}

int mt_jpeg_probe(const char *path, const uint8_t *file, size_t len, struct mt_image_info *info,
                  struct mt_err *err)
{
    struct decoder d = {0};
    int rc;
    if (setjmp(d.fail)) {
        rc = failed(&d, path, err);
    } else {
        begin(&d, file, len);
        rc = check_kind(&d, path, err);
        *info = (struct mt_image_info){(int)d.j.image_width, (int)d.j.image_height, true,
                                       d.j.num_components == 3};
    }
    jpeg_destroy_decompress(&d.j);
    return rc;
}

static void read_rows(struct decoder *d, const struct mt_image *image)
{
    size_t stride = (size_t)image->w * (size_t)image->channels;
    jpeg_start_decompress(&d->j);
    while (d->j.output_scanline < d->j.output_height) {
        JSAMPROW row = image->data + stride * d->j.output_scanline;
        jpeg_read_scanlines(&d->j, &row, 1);
    }
    jpeg_finish_decompress(&d->j);
}

int mt_jpeg_decode(const char *path, const uint8_t *file, size_t len, int channels, struct mt_image *out,
                   struct mt_err *err)
{
    struct decoder d = {0};
    volatile int rc = -1;
    *out = (struct mt_image){0};
    if (setjmp(d.fail)) {
        failed(&d, path, err);
        goto out;
    }
    begin(&d, file, len);
    if (check_kind(&d, path, err) < 0)
        goto out;
    d.j.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    *out = (struct mt_image){(int)d.j.image_width, (int)d.j.image_height, channels, NULL};
    size_t bytes = (size_t)out->w * (size_t)out->h * (size_t)channels;
    if (!(out->data = malloc(bytes))) {
        mt_err_memory(err, path, bytes);
        goto out;
    }
    read_rows(&d, out);
    rc = 0;
out:
    jpeg_destroy_decompress(&d.j);
    if (rc < 0) {
        free(out->data);
        out->data = NULL;
    }
    return rc;
}
