// SPDX-License-Identifier: GPL-2.0-only
/*
 * What devices write is never lost: bitmaps that cannot be written, ranges with
 * holes, threads that write, read and unmap at the same time.
 */
#include "track_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "lib/call.h"
#include "lib/dump.h"
#include "lib/fault.h"
#include "lib/loop.h"
#include "lib/uffd.h"

#define LENGTH (8UL << 20)
#define SMALL (1UL << 20)

/* With so small pages the bitmap takes 8 KiB */
#define TINY 128

#define KEEP IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR

FIXTURE_SETUP(track)
{
	if (mock_count_devices() < 0)
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(track_open(self, LENGTH, false));
	ASSERT_OK(iommu_track(self->fd, self->hwpt, true));
}

static int read_to(struct _test_data_track *self, void *bitmap, __u32 flags)
{
	return iommu_read_dirty(self->fd, self->hwpt, flags, IOVA, self->length,
				MOCK_PAGE_SIZE, bitmap);
}

static int check_all(struct _test_data_track *self, __u32 flags)
{
	return track_check(self, 0, self->length, MOCK_PAGE_SIZE, flags);
}

TEST_F(track, bitmap_that_cannot_be_written_takes_nothing)
{
	ASSERT_OK(track_write(self, 3));
	ASSERT_EQ(0, mprotect(self->bitmap, self->bitmap_size, PROT_READ));
	EXPECT_ERR(EFAULT, read_to(self, self->bitmap, 0));
	EXPECT_ERR(EFAULT, read_to(self, NULL, 0));
	ASSERT_EQ(0, mprotect(self->bitmap, self->bitmap_size,
			      PROT_READ | PROT_WRITE));
	EXPECT_OK(check_all(self, 0));
}

/* What the first page got is in no other reading, and nothing is in none. */
TEST_F(track, bitmap_that_can_be_written_in_part_loses_nothing)
{
	size_t page = mem_page_size(), size = self->length / TINY / 8;
	unsigned char *bitmap = mem_alloc(size), *first = malloc(page);
	size_t bit, wrong = 0;

	ASSERT_NE(NULL, bitmap);
	ASSERT_NE(NULL, first);
	ASSERT_EQ(2 * page, size);
	ASSERT_OK(track_write(self, 3));
	ASSERT_EQ(0, mprotect(bitmap + page, page, PROT_READ));
	EXPECT_ERR(EFAULT, iommu_read_dirty(self->fd, self->hwpt, 0, IOVA,
					    self->length, TINY, bitmap));
	memcpy(first, bitmap, page);
	ASSERT_EQ(0, mprotect(bitmap + page, page, PROT_READ | PROT_WRITE));
	memset(bitmap, 0, size);
	ASSERT_OK(iommu_read_dirty(self->fd, self->hwpt, 0, IOVA, self->length,
				   TINY, bitmap));
	for (bit = 0; bit < size * 8; bit++) {
		int seen = track_bit(bitmap, bit) +
			   (bit < page * 8 && track_bit(first, bit));

		wrong += seen != self->dirty[bit * TINY / self->leaf];
	}
	EXPECT_EQ(0, wrong);
	mem_free(bitmap, size);
	free(first);
}

TEST_F(track, bitmap_begins_at_any_byte)
{
	size_t bit, wrong = 0;

	ASSERT_OK(track_write(self, 3));
	ASSERT_OK(read_to(self, self->bitmap + 5, 0));
	for (bit = 0; bit < self->nleaves; bit++)
		wrong += track_bit(self->bitmap + 5, bit) != self->dirty[bit];
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, memcmp(self->bitmap, "\0\0\0\0\0", 5));
}

TEST_F(track, bits_that_are_set_stay_so)
{
	size_t bit, wrong = 0;

	ASSERT_OK(track_write(self, 3));
	memset(self->bitmap, 0x10, self->bitmap_size);
	ASSERT_OK(read_to(self, self->bitmap, 0));
	for (bit = 0; bit < self->nleaves; bit++)
		wrong += track_bit(self->bitmap, bit) !=
			 (self->dirty[bit] || bit % 8 == 4);
	EXPECT_EQ(0, wrong);
}

TEST_F(track, range_with_a_hole_is_refused_and_nothing_is_read)
{
	const size_t at = self->length / 4;

	ASSERT_OK(track_write(self, 3));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, IOVA + at, CHUNK));
	EXPECT_ERR(ENOENT, read_to(self, self->bitmap, 0));
	EXPECT_ERR(ENOENT, track_check(self, at, CHUNK, MOCK_PAGE_SIZE, 0));
	EXPECT_ERR(ENOENT, track_check(self, at - SMALL, CHUNK,
				       MOCK_PAGE_SIZE, 0));
	EXPECT_ERR(ENOENT, track_check(self, self->length - SMALL, CHUNK,
				       MOCK_PAGE_SIZE, 0));
	EXPECT_OK(track_check(self, 0, at, MOCK_PAGE_SIZE, 0));
	EXPECT_OK(track_check(self, at + CHUNK, self->length - at - CHUNK,
			      MOCK_PAGE_SIZE, 0));
}

TEST_F(track, what_is_mapped_anew_is_clean)
{
	ASSERT_OK(track_write(self, 1));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, IOVA + CHUNK, CHUNK));
	ASSERT_OK(iommu_copy_at(self->fd, self->ioas, IOVA + CHUNK, self->ioas,
				IOVA, CHUNK, IOMMU_MAP_RW));
	track_forget(self, CHUNK / self->leaf, CHUNK / self->leaf);
	EXPECT_OK(check_all(self, 0));
}

TEST_F(track, starting_forgets_what_was_noted_before)
{
	ASSERT_OK(iommu_track(self->fd, self->hwpt, false));
	ASSERT_OK(track_write(self, 3));
	ASSERT_OK(iommu_track(self->fd, self->hwpt, true));
	track_forget(self, 0, self->nleaves);
	EXPECT_OK(check_all(self, 0));
}

TEST_F(track, starting_again_forgets_nothing)
{
	ASSERT_OK(track_write(self, 3));
	ASSERT_OK(iommu_track(self->fd, self->hwpt, true));
	EXPECT_OK(check_all(self, 0));
}

TEST_F(track, what_was_noted_can_be_read_after_the_stop)
{
	ASSERT_OK(track_write(self, 3));
	ASSERT_OK(iommu_track(self->fd, self->hwpt, false));
	EXPECT_OK(check_all(self, 0));
}

TEST_F(track, start_that_fails_does_not_start)
{
	ASSERT_OK(iommu_track(self->fd, self->hwpt, false));
	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(fault_arm_mock(1));
	EXPECT_ERR(ENOMEM, iommu_track(self->fd, self->hwpt, true));
	EXPECT_TRUE(fault_disarm());
	EXPECT_FALSE(dump_has(self->fd, " tracking\n"));
	ASSERT_OK(iommu_track(self->fd, self->hwpt, true));
	EXPECT_TRUE(dump_has(self->fd, " tracking\n"));
}

TEST_F(track, page_tables_that_were_not_made_for_it_cannot)
{
	__u32 plain;

	ASSERT_OK(iommu_hwpt_alloc(self->fd, self->dev.idev, self->ioas,
				   &plain));
	EXPECT_ERR(EOPNOTSUPP, iommu_track(self->fd, plain, true));
	EXPECT_ERR(EOPNOTSUPP, iommu_track(self->fd, self->dev.hwpt, false));
	EXPECT_ERR(EOPNOTSUPP, iommu_read_dirty(self->fd, plain, 0, IOVA, SMALL,
						MOCK_PAGE_SIZE, self->bitmap));
	EXPECT_ERR(ENOENT, iommu_track(self->fd, self->ioas, true));
	EXPECT_ERR(ENOENT, iommu_track(self->fd, 0, true));
	EXPECT_ERR(ENOENT, iommu_read_dirty(self->fd, self->ioas, 0, IOVA,
					    SMALL, MOCK_PAGE_SIZE,
					    self->bitmap));
}

TEST_F(track, flags_and_reserved_members_must_be_known)
{
	struct iommu_hwpt_set_dirty_tracking set = {
		.size = sizeof(set),
		.hwpt_id = self->hwpt,
	};
	struct iommu_hwpt_get_dirty_bitmap get = {
		.size = sizeof(get),
		.hwpt_id = self->hwpt,
		.iova = IOVA,
		.length = SMALL,
		.page_size = MOCK_PAGE_SIZE,
		.data = (uintptr_t)self->bitmap,
	};
	int bit;

	for (bit = 1; bit < 32; bit++) {
		set.flags = 1U << bit;
		EXPECT_ERR(EOPNOTSUPP,
			   iommu_ioctl(self->fd, IOMMU_HWPT_SET_DIRTY_TRACKING,
				       &set));
		get.flags = 1U << bit;
		EXPECT_ERR(EOPNOTSUPP,
			   iommu_ioctl(self->fd, IOMMU_HWPT_GET_DIRTY_BITMAP,
				       &get));
	}
	set.flags = 0;
	set.__reserved = 1;
	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->fd,
					   IOMMU_HWPT_SET_DIRTY_TRACKING,
					   &set));
	get.flags = 0;
	get.__reserved = 1;
	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->fd,
					   IOMMU_HWPT_GET_DIRTY_BITMAP, &get));
	get.__reserved = 0;
	EXPECT_OK(iommu_ioctl(self->fd, IOMMU_HWPT_GET_DIRTY_BITMAP, &get));
}

TEST_F(track, ranges_and_pages_must_make_sense)
{
	const struct {
		__u64 iova, length, page_size;
		int error;
	} cases[] = {
		{ IOVA, 0, MOCK_PAGE_SIZE, EINVAL },
		{ IOVA, SMALL, 0, EINVAL },
		{ IOVA, SMALL, 3 * MOCK_PAGE_SIZE, EINVAL },
		{ IOVA, SMALL, MOCK_PAGE_SIZE + 1, EINVAL },
		{ IOVA, SMALL + 1, 1, EINVAL },
		{ IOVA + 1, SMALL, 1, EINVAL },
		{ IOVA + MOCK_PAGE_SIZE, SMALL, 2 * MOCK_PAGE_SIZE, EINVAL },
		{ IOVA, SMALL, 2 * SMALL, EINVAL },
		{ IOVA, SMALL, 1ULL << 63, EINVAL },
		{ IOVA, -MOCK_PAGE_SIZE, MOCK_PAGE_SIZE, EOVERFLOW },
		{ -MOCK_PAGE_SIZE, MOCK_PAGE_SIZE, MOCK_PAGE_SIZE, EOVERFLOW },
		{ -2 * MOCK_PAGE_SIZE, MOCK_PAGE_SIZE, MOCK_PAGE_SIZE, ENOENT },
	};
	size_t i;

	ASSERT_OK(track_write(self, 3));
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		EXPECT_ERR(cases[i].error,
			   iommu_read_dirty(self->fd, self->hwpt, 0,
					    cases[i].iova, cases[i].length,
					    cases[i].page_size, self->bitmap)) {
			TH_LOG("case %zu", i);
		}
	EXPECT_OK(check_all(self, 0));
}

/* A page is smaller than the smallest leaf: all bits of the leaf */
TEST_F(track, pages_of_the_bitmap_can_be_smaller_than_leaves)
{
	ASSERT_OK(track_write(self, 3));
	EXPECT_OK(track_check(self, 0, SMALL, MOCK_PAGE_SIZE / 4, 0));
}

/* Each round: some leaves are written, and read by another thread meanwhile. */
struct writer {
	struct _test_data_track *self;
	atomic_bool done;
	int rc;
};

static void *write_rounds(void *data)
{
	struct writer *writer = data;
	int i;

	for (i = 0; i < 30 && !writer->rc; i++)
		writer->rc = track_write(writer->self, 300);
	atomic_store(&writer->done, true);
	return NULL;
}

static size_t count_wrong(struct _test_data_track *self)
{
	size_t bit, wrong = 0;

	for (bit = 0; bit < self->nleaves; bit++)
		wrong += track_bit(self->bitmap, bit) != self->dirty[bit];
	return wrong;
}

TEST_F(track, what_is_written_while_it_is_read_is_reported_then_or_later)
{
	struct writer writer = { .self = self };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, write_rounds, &writer));
	while (!atomic_load(&writer.done))
		ASSERT_OK(read_to(self, self->bitmap, 0));
	pthread_join(thread, NULL);
	ASSERT_OK(writer.rc);
	ASSERT_OK(read_to(self, self->bitmap, 0));
	EXPECT_EQ(0, count_wrong(self));
}

static int read_once(void *data)
{
	struct _test_data_track *self = data;

	return read_to(self, self->bitmap, 0);
}

TEST_F(track, threads_that_read_into_one_bitmap_lose_nothing)
{
	struct writer writer = { .self = self };
	struct loop others[2];
	pthread_t thread;

	ASSERT_OK(loop_start(&others[0], read_once, self));
	ASSERT_OK(loop_start(&others[1], read_once, self));
	ASSERT_EQ(0, pthread_create(&thread, NULL, write_rounds, &writer));
	pthread_join(thread, NULL);
	ASSERT_OK(writer.rc);
	EXPECT_OK(loop_stop(&others[0]));
	EXPECT_OK(loop_stop(&others[1]));
	ASSERT_OK(read_to(self, self->bitmap, 0));
	EXPECT_EQ(0, count_wrong(self));
}

static int unmap_and_map(void *data)
{
	struct _test_data_track *self = data;
	__u64 at = IOVA + CHUNK;
	int rc = iommu_unmap(self->fd, self->ioas, at, CHUNK);

	return rc ?: iommu_copy_at(self->fd, self->ioas, at, self->ioas, IOVA,
				   CHUNK, IOMMU_MAP_RW);
}

TEST_F(track, mappings_come_and_go_while_it_is_read)
{
	struct loop mapping;
	int i, rc;

	ASSERT_OK(loop_start(&mapping, unmap_and_map, self));
	for (i = 0; i < 300; i++) {
		rc = read_to(self, self->bitmap, 0);
		EXPECT_TRUE(!rc || rc == -ENOENT || rc == -EBUSY) {
			TH_LOG("%d", rc);
		}
	}
	EXPECT_OK(loop_stop(&mapping));
	ASSERT_OK(iommu_track(self->fd, self->hwpt, false));
	ASSERT_OK(iommu_track(self->fd, self->hwpt, true));
	EXPECT_OK(check_all(self, 0));
}

static int start_and_stop(void *data)
{
	struct _test_data_track *self = data;

	return iommu_track(self->fd, self->hwpt, true) ?:
	       iommu_track(self->fd, self->hwpt, false);
}

TEST_F(track, it_is_started_and_stopped_while_it_is_read)
{
	struct loop switching;
	int i;

	ASSERT_OK(loop_start(&switching, start_and_stop, self));
	for (i = 0; i < 50; i++)
		EXPECT_OK(read_to(self, self->bitmap, 0));
	EXPECT_OK(loop_stop(&switching));
}

static int remake_table(void *data)
{
	struct _test_data_track *self = data;
	__u32 hwpt;
	int rc;

	rc = iommu_hwpt_alloc_flags(self->fd, self->dev.idev, self->ioas,
				    IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt);
	if (rc)
		return rc;
	__atomic_store_n(&self->hwpt, hwpt, __ATOMIC_RELAXED);
	rc = iommu_track(self->fd, hwpt, true);
	do {
		if (!rc || rc == -EBUSY)
			rc = iommu_destroy(self->fd, hwpt);
	} while (rc == -EBUSY);
	return rc;
}

TEST_F(track, page_table_is_destroyed_while_it_is_read)
{
	struct _test_data_track other = *self;
	struct loop remaking;
	int i, rc;

	ASSERT_OK(loop_start(&remaking, remake_table, &other));
	for (i = 0; i < 100; i++) {
		rc = iommu_read_dirty(self->fd,
				      __atomic_load_n(&other.hwpt,
						      __ATOMIC_RELAXED),
				      0, IOVA, self->length, MOCK_PAGE_SIZE,
				      self->bitmap);
		EXPECT_TRUE(!rc || rc == -ENOENT) {
			TH_LOG("%d", rc);
		}
	}
	EXPECT_OK(loop_stop(&remaking));
}

/* The kernel waits for a page of the bitmap. */
TEST_F(track, bitmap_that_blocks_holds_nobody_else_up)
{
	struct _test_data_track other;
	struct uffd_msg msg;
	struct call call;
	char *bitmap;
	int uffd;

	bitmap = mem_alloc(self->bitmap_size);
	ASSERT_NE(NULL, bitmap);
	ASSERT_OK(track_write(self, 3));
	ASSERT_EQ(0, madvise(bitmap, self->bitmap_size, MADV_DONTNEED));
	uffd = uffd_watch(bitmap, self->bitmap_size,
			  UFFDIO_REGISTER_MODE_MISSING);
	ASSERT_LE(0, uffd);
	other = *self;
	other.bitmap = (unsigned char *)bitmap;
	ASSERT_OK(call_start(&call, read_once, &other));
	ASSERT_OK(uffd_wait(uffd, &call, &msg));
	EXPECT_OK(unmap_and_map(self));
	EXPECT_OK(read_to(self, self->bitmap, KEEP));
	close(uffd);
	EXPECT_OK(call_end(&call));
	mem_free(bitmap, self->bitmap_size);
}

TEST_F(track, dma_bufs_are_tracked_until_they_are_revoked)
{
	const __u64 at = IOVA + LENGTH;
	size_t page = mem_page_size(), length = 16 * page;
	unsigned char bits[64], want[64] = {};
	__u64 count;
	int buf;

	buf = mock_dma_buf(self->fd, length, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, buf);
	ASSERT_OK(iommu_map_file_at(self->fd, self->ioas, buf, 0, length, at,
				    IOMMU_MAP_RW));
	want[0] = 0x81;
	ASSERT_OK(mock_mark_dirty(self->fd, self->hwpt, at, length, page, want,
				  &count));
	memset(bits, 0, sizeof(bits));
	ASSERT_OK(iommu_read_dirty(self->fd, self->hwpt, 0, at, length, page,
				   bits));
	EXPECT_EQ(0, memcmp(bits, want, sizeof(bits)));
	ASSERT_OK(mock_mark_dirty(self->fd, self->hwpt, at, length, page, want,
				  &count));
	ASSERT_OK(mock_revoke(self->fd, buf, true));
	memset(bits, 0, sizeof(bits));
	ASSERT_OK(iommu_read_dirty(self->fd, self->hwpt, 0, at, length, page,
				   bits));
	EXPECT_EQ(0, bits[0]);
	close(buf);
}

TEST_F(track, files_that_are_bitmaps_keep_their_bits)
{
	size_t bit, wrong = 0, size = self->bitmap_size;
	unsigned char *shared;
	int file;

	file = mem_file(size);
	ASSERT_LE(0, file);
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	ASSERT_NE(MAP_FAILED, shared);
	ASSERT_OK(track_write(self, 3));
	ASSERT_OK(read_to(self, shared, 0));
	ASSERT_EQ(0, munmap(shared, size));
	ASSERT_EQ((ssize_t)size, pread(file, self->bitmap, size, 0));
	for (bit = 0; bit < self->nleaves; bit++)
		wrong += track_bit(self->bitmap, bit) != self->dirty[bit];
	EXPECT_EQ(0, wrong);
	close(file);
}

TEST_HARNESS_MAIN
