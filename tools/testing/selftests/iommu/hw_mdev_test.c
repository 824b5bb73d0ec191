// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mediated device, whose driver uses the memory of a container or an address
 * space with the CPU: the same through type 1 version 2, which is the one that
 * lets drivers pin, and in all ways of iommufd.
 */
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "hw_mdev_fixture.h"
#include "lib/loop.h"

FIXTURE(mdev)
{
	struct mdev_world w;
};

FIXTURE_VARIANT(mdev)
{
	enum mode mode;
};

FIXTURE_VARIANT_ADD(mdev, type1v2)
{
	.mode = MODE_TYPE1V2,
};

FIXTURE_VARIANT_ADD(mdev, compat_type1)
{
	.mode = MODE_COMPAT,
};

FIXTURE_VARIANT_ADD(mdev, compat_type1v2)
{
	.mode = MODE_COMPATV2,
};

FIXTURE_VARIANT_ADD(mdev, native)
{
	.mode = MODE_NATIVE,
};

FIXTURE_SETUP(mdev)
{
	if (mdma_missing())
		SKIP_FROM_SETUP("the kernel has no CONFIG_SAMPLE_VFIO_MDEV_MDMA");
	ASSERT_OK(mdev_up(&self->w, variant->mode)) {
		mdev_down(&self->w);
	}
}

FIXTURE_TEARDOWN(mdev)
{
	mdev_down(&self->w);
}

TEST_F(mdev, driver_copies_what_is_mapped)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	EXPECT_OK(mdma_do(&w->dev, MDMA_COPY, iova_of(w, 0), iova_of(w, 3),
			  w->page));
	EXPECT_TRUE(has_pattern(w, 3));
	/* Across a border of pages, and from the middle of one */
	EXPECT_OK(mdma_do(&w->dev, MDMA_COPY, iova_of(w, 0), iova_of(w, 4) + 100,
			  w->page));
	EXPECT_TRUE(mem_is_filled(page_of(w, 4) + 100, w->page, 1));
	EXPECT_OK(check_pins(w, 0));
}

TEST_F(mdev, driver_copies_between_pages_that_it_pins)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	EXPECT_OK(mdma_do(&w->dev, MDMA_COPY_PINNED, iova_of(w, 0),
			  iova_of(w, 5), w->page));
	EXPECT_TRUE(has_pattern(w, 5));
	EXPECT_OK(check_pins(w, 0));
}

TEST_F(mdev, pages_that_are_held_are_those_of_the_program)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	ASSERT_OK(hold(w, 0, NPAGES));
	EXPECT_EQ(NPAGES, held(w));
	EXPECT_OK(check_pins(w, 1));
	EXPECT_OK(fill(w, 0, NPAGES, 0x5a));
	EXPECT_TRUE(is_full_of(w, 0, 0x5a));
	EXPECT_TRUE(is_full_of(w, NPAGES - 1, 0x5a));
	EXPECT_OK(drop(w, 0, NPAGES));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(check_pins(w, 0));
}

TEST_F(mdev, unmap_has_the_driver_let_go_first)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	ASSERT_OK(hold(w, 1, 3));
	ASSERT_OK(hold(w, 5, 1));
	EXPECT_OK(unmap_all(w));
	EXPECT_EQ(0, held(w));
	EXPECT_LE(1, asked(w));
	EXPECT_OK(check_pins(w, 0));
	EXPECT_ERR(ENOENT, fill(w, 1, 3, 1));
}

TEST_F(mdev, unmap_elsewhere_leaves_what_is_held)
{
	struct mdev_world *w = &self->w;
	__u64 unmapped;

	ASSERT_OK(map_all(w));
	ASSERT_OK(mode_map(&w->dev, w->memory, w->page, FAR_AWAY,
			   IOMMU_MAP_RW));
	ASSERT_OK(hold(w, 0, NPAGES));
	EXPECT_OK(mode_unmap(&w->dev, FAR_AWAY, w->page, &unmapped));
	EXPECT_EQ(NPAGES, held(w));
	EXPECT_OK(fill(w, 0, NPAGES, 7));
	EXPECT_TRUE(is_full_of(w, 4, 7));
}

TEST_F(mdev, what_is_not_mapped_is_EINVAL)
{
	struct mdev_world *w = &self->w;

	EXPECT_ERR(EINVAL, hold(w, 0, 1));
	EXPECT_ERR(EINVAL, mdma_do(&w->dev, MDMA_COPY, iova_of(w, 0),
				   iova_of(w, 1), 8));
	ASSERT_OK(map_all(w));
	EXPECT_ERR(EINVAL, hold(w, NPAGES, 1));
	EXPECT_ERR(EINVAL, mdma_do(&w->dev, MDMA_COPY, FAR_AWAY,
				   iova_of(w, 1), 8));
	EXPECT_EQ(0, held(w));
}

TEST_F(mdev, range_that_is_mapped_in_part_pins_nothing)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(mode_map(&w->dev, w->memory, 4 * w->page, IOVA,
			   IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, hold(w, 0, NPAGES));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(check_pins(w, 0));
}

TEST_F(mdev, pins_reach_across_neighbouring_mappings)
{
	struct mdev_world *w = &self->w;
	__u64 unmapped;
	int i;

	for (i = 0; i < NPAGES; i++)
		ASSERT_OK(mode_map(&w->dev, page_of(w, i), w->page,
				   iova_of(w, i), IOMMU_MAP_RW));
	ASSERT_OK(hold(w, 0, NPAGES));
	EXPECT_OK(fill(w, 0, NPAGES, 3));
	EXPECT_TRUE(is_full_of(w, 6, 3));
	/* To take one away takes all that was pinned together */
	EXPECT_OK(mode_unmap(&w->dev, iova_of(w, 2), w->page, &unmapped));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(check_pins(w, 0));
}

TEST_F(mdev, memory_that_is_only_to_be_read_is_not_written)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(mode_map(&w->dev, w->memory, w->length, IOVA,
			   IOMMU_IOAS_MAP_READABLE));
	EXPECT_ERR(EPERM, hold(w, 0, 1));
	EXPECT_ERR(EPERM, mdma_do(&w->dev, MDMA_COPY, iova_of(w, 0),
				  iova_of(w, 1), w->page));
	EXPECT_TRUE(is_full_of(w, 1, 0));
}

TEST_F(mdev, pages_can_be_held_twice)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	ASSERT_OK(hold(w, 2, 2));
	ASSERT_OK(hold(w, 2, 2));
	EXPECT_OK(drop(w, 2, 2));
	EXPECT_OK(fill(w, 2, 2, 9));
	EXPECT_TRUE(is_full_of(w, 3, 9));
	ASSERT_OK(hold(w, 3, 1));
	EXPECT_OK(unmap_all(w));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(check_pins(w, 0));
}

TEST_F(mdev, pages_that_were_never_pinned_can_be_unpinned)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	EXPECT_OK(mdma_do(&w->dev, MDMA_DROP_ALL, iova_of(w, 0), 0,
			  w->length));
	ASSERT_OK(hold(w, 2, 3));
	EXPECT_OK(mdma_do(&w->dev, MDMA_DROP_ALL, iova_of(w, 0), 0,
			  w->length));
	EXPECT_OK(check_pins(w, 0));
	EXPECT_OK(unmap_all(w));
}

TEST_F(mdev, any_part_of_what_was_pinned_can_be_unpinned)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	ASSERT_OK(hold(w, 0, 4));
	ASSERT_OK(hold(w, 0, 2));
	/* Takes the second hold's two and none of the first one's */
	EXPECT_OK(drop(w, 0, 2));
	EXPECT_OK(fill(w, 0, 4, 4));
	EXPECT_OK(mock_check_refs(w->probe, w->memory, 4 * w->page, 1));
	EXPECT_OK(drop(w, 0, 4));
	EXPECT_OK(check_pins(w, 0));
}

TEST_F(mdev, close_of_the_device_lets_go)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	ASSERT_OK(hold(w, 0, NPAGES));
	vfio_close(&w->dev.vfio);
	EXPECT_OK(check_pins(w, 0));
	/* A container without open devices has no commands */
	if (!mode_is_iommufd(variant->mode))
		return;
	EXPECT_OK(unmap_all(w));
}

TEST_F(mdev, reset_lets_go)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	ASSERT_OK(hold(w, 0, NPAGES));
	EXPECT_EQ(0, ioctl(w->dev.vfio.fd, VFIO_DEVICE_RESET));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(check_pins(w, 0));
}

static int die_holding(struct mdev_world *w)
{
	if (mode_open(&w->dev) || map_all(w) || hold(w, 0, NPAGES))
		return 1;
	/* The memory, the context and the device go in whatever order */
	raise(SIGKILL);
	return 2;
}

TEST_F(mdev, process_that_dies_leaves_no_pins)
{
	struct mdev_world *w = &self->w;
	int status, i;
	pid_t pid;

	mode_close(&w->dev);
	for (i = 0; i < 4; i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid)
			_exit(die_holding(w));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		EXPECT_OK(check_pins(w, 0));
	}
	ASSERT_OK(mode_open(&w->dev));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(map_all(w));
	EXPECT_OK(hold(w, 0, 1));
}

TEST_F(mdev, commands_that_make_no_sense_are_EINVAL)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	EXPECT_ERR(EINVAL, mdma_do(&w->dev, MDMA_HOLD, IOVA, 0, 0));
	EXPECT_ERR(EINVAL, mdma_do(&w->dev, 77, IOVA, 0, w->page));
	EXPECT_ERR(EINVAL, mdma_do(&w->dev, MDMA_HOLD, IOVA, 0,
				   513 * w->page));
	EXPECT_ERR(EINVAL, mdma_do(&w->dev, MDMA_HOLD, -w->page, 0,
				   2 * w->page));
	EXPECT_OK(check_pins(w, 0));
}

static int hold_and_drop(void *data)
{
	struct mdev_world *w = data;
	int rc = hold(w, 1, 4);

	/* Unmapped just now, or being unmapped */
	if (rc && rc != -EINVAL)
		return rc;
	rc = drop(w, 1, 4);
	return rc == -ENOENT ? 0 : rc;
}

static int copy_both_ways(void *data)
{
	struct mdev_world *w = data;
	int rc;

	rc = mdma_do(&w->dev, MDMA_COPY_PINNED, iova_of(w, 0), iova_of(w, 6),
		     w->page);
	if (rc && rc != -EINVAL)
		return rc;
	rc = mdma_do(&w->dev, MDMA_COPY, iova_of(w, 0), iova_of(w, 7), w->page);
	return rc == -EINVAL ? 0 : rc;
}

TEST_F(mdev, two_threads_pin_and_copy_while_a_third_unmaps)
{
	struct mdev_world *w = &self->w;
	struct loop holding, copying;
	int i, rounds;

	/* type 1 stops the machine when a driver is not done after ten calls */
	rounds = mode_is_iommufd(variant->mode) ? 150 : 0;
	ASSERT_OK(map_all(w));
	ASSERT_OK(loop_start(&holding, hold_and_drop, w));
	ASSERT_OK(loop_start(&copying, copy_both_ways, w));
	for (i = 0; i < rounds; i++) {
		EXPECT_OK(unmap_all(w));
		EXPECT_OK(map_all(w));
	}
	while (!holding.rounds || !copying.rounds)
		usleep(1000);
	EXPECT_OK(loop_stop(&holding));
	EXPECT_OK(loop_stop(&copying));
	EXPECT_OK(unmap_all(w));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(check_pins(w, 0));
}

TEST_HARNESS_MAIN
