// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node of a mediated device, and what /dev/iommu alone can do with one.
 */
#include <errno.h>
#include <fcntl.h>

#include "hw_mdev_fixture.h"
#include "lib/container.h"
#include "lib/group.h"
#include "lib/loop.h"

FIXTURE(node)
{
	struct mdev_world w;
	__u32 other;	/* a second address space */
};

FIXTURE_SETUP(node)
{
	if (mdma_missing())
		SKIP_FROM_SETUP("the kernel has no CONFIG_SAMPLE_VFIO_MDEV_MDMA");
	ASSERT_OK(mdev_up(&self->w, MODE_NATIVE) ?:
		  iommu_ioas_alloc(self->w.dev.cont.fd, &self->other)) {
		mdev_down(&self->w);
	}
}

FIXTURE_TEARDOWN(node)
{
	mdev_down(&self->w);
}

TEST_F(node, attach_keeps_the_id_of_the_address_space)
{
	struct mode_dev *dev = &self->w.dev;
	__u32 id = self->other;

	EXPECT_OK(vfio_attach_pt(&dev->vfio, &id));
	EXPECT_EQ(self->other, id);
}

TEST_F(node, only_an_address_space_can_be_attached)
{
	struct mode_dev *dev = &self->w.dev;

	EXPECT_ERR(ENOENT, vfio_attach(&dev->vfio, dev->vfio.dev_id));
	EXPECT_ERR(ENOENT, vfio_attach(&dev->vfio, 0x7ffffff0));
	/* It stays where it was */
	ASSERT_OK(map_all(&self->w));
	EXPECT_OK(hold(&self->w, 0, 1));
}

TEST_F(node, second_attach_moves_and_has_the_driver_let_go)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	ASSERT_OK(hold(w, 0, NPAGES));
	ASSERT_OK(vfio_attach(&w->dev.vfio, self->other));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(check_pins(w, 0));
	EXPECT_ERR(EINVAL, hold(w, 0, 1));
	ASSERT_OK(iommu_map_at(w->dev.cont.fd, self->other, w->memory,
			       w->length, FAR_AWAY, IOMMU_MAP_RW));
	EXPECT_OK(mdma_do(&w->dev, MDMA_COPY, FAR_AWAY, FAR_AWAY + w->page,
			  w->page));
	EXPECT_TRUE(has_pattern(w, 1));
}

TEST_F(node, detached_device_uses_no_memory)
{
	struct mdev_world *w = &self->w;

	ASSERT_OK(map_all(w));
	ASSERT_OK(hold(w, 0, NPAGES));
	ASSERT_OK(vfio_detach(&w->dev.vfio));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(check_pins(w, 0));
	EXPECT_ERR(EINVAL, hold(w, 0, 1));
	EXPECT_ERR(EINVAL, mdma_do(&w->dev, MDMA_COPY, IOVA, IOVA, 8));
	EXPECT_OK(vfio_detach(&w->dev.vfio));
	ASSERT_OK(vfio_attach(&w->dev.vfio, w->dev.ioas_id));
	EXPECT_OK(hold(w, 0, 1));
}

TEST_F(node, address_space_in_use_stays)
{
	struct mode_dev *dev = &self->w.dev;

	EXPECT_ERR(EBUSY, iommu_destroy(dev->cont.fd, dev->ioas_id));
	EXPECT_ERR(EBUSY, iommu_destroy(dev->cont.fd, dev->vfio.dev_id));
	ASSERT_OK(vfio_detach(&dev->vfio));
	EXPECT_OK(iommu_destroy(dev->cont.fd, dev->ioas_id));
}

TEST_F(node, there_is_no_group_to_tell_of)
{
	struct mode_dev *dev = &self->w.dev;
	struct group_info info;

	EXPECT_ERR(ENODEV, group_info_of_file(dev->cont.fd, dev->vfio.fd,
					      &info));
}

TEST_F(node, node_and_group_exclude_each_other)
{
	struct mode_dev *dev = &self->w.dev;
	struct vfio_dev second;
	int group;

	EXPECT_ERR(EBUSY, vfio_group_open(dev->pci.group));
	ASSERT_OK(vfio_open(&second, dev->pci.name));
	EXPECT_ERR(EINVAL, vfio_bind(&second, dev->cont.fd));
	vfio_close(&dev->vfio);
	group = vfio_group_open(dev->pci.group);
	ASSERT_LE(0, group);
	EXPECT_ERR(EBUSY, vfio_bind(&second, dev->cont.fd));
	close(group);
	EXPECT_OK(vfio_bind(&second, dev->cont.fd));
	vfio_close(&second);
}

TEST_F(node, two_devices_share_an_address_space)
{
	struct mdev_world *w = &self->w;
	struct mode_dev second;

	ASSERT_OK(mdma_create(&second, MODE_NATIVE, 2));
	ASSERT_OK(vfio_open(&second.vfio, second.pci.name));
	ASSERT_OK(vfio_bind(&second.vfio, w->dev.cont.fd));
	EXPECT_NE(second.vfio.dev_id, w->dev.vfio.dev_id);
	ASSERT_OK(vfio_attach(&second.vfio, w->dev.ioas_id));
	ASSERT_OK(map_all(w));
	ASSERT_OK(hold(w, 0, 2));
	ASSERT_OK(mdma_do(&second, MDMA_HOLD, iova_of(w, 1), 0, 2 * w->page));
	EXPECT_OK(mdma_do(&second, MDMA_COPY, iova_of(w, 0), iova_of(w, 5),
			  w->page));
	EXPECT_TRUE(has_pattern(w, 5));
	EXPECT_OK(unmap_all(w));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(check_pins(w, 0));

	mdma_remove(&second);
}

TEST_F(node, mapping_that_devices_and_drivers_share_is_pinned_once)
{
	struct mdev_world *w = &self->w;
	struct mode_dev *dev = &w->dev;
	struct mock_device mock;
	__u64 unmapped;

	ASSERT_OK(mock_attach(dev->cont.fd, dev->ioas_id, &mock));
	ASSERT_OK(mode_map(dev, w->memory, w->length, FAR_AWAY, IOMMU_MAP_RW));
	EXPECT_OK(check_pins(w, 1));
	ASSERT_OK(mdma_do(dev, MDMA_HOLD, FAR_AWAY, 0, w->length));
	EXPECT_OK(check_pins(w, 1));
	EXPECT_OK(mock_check_map(dev->cont.fd, mock.hwpt, FAR_AWAY, w->memory,
				 w->length));
	EXPECT_OK(mode_unmap(dev, FAR_AWAY, w->length, &unmapped));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(check_pins(w, 0));
}

static int move_around(void *data)
{
	struct mdev_world *w = data;

	return vfio_detach(&w->dev.vfio) ?:
	       vfio_attach(&w->dev.vfio, w->dev.ioas_id);
}

TEST_F(node, detach_is_safe_while_the_driver_pins)
{
	struct mdev_world *w = &self->w;
	struct loop moving;
	int i, rc;

	ASSERT_OK(map_all(w));
	ASSERT_OK(loop_start(&moving, move_around, w));
	for (i = 0; i < 300; i++) {
		rc = hold(w, 0, NPAGES);
		/* Not attached, or just being detached */
		EXPECT_TRUE(!rc || rc == -EINVAL || rc == -EBUSY) {
			TH_LOG("hold: %d", rc);
		}
		rc = mdma_do(&w->dev, MDMA_COPY, IOVA, IOVA + w->page, 64);
		EXPECT_TRUE(!rc || rc == -EINVAL || rc == -EBUSY);
	}
	EXPECT_OK(loop_stop(&moving));
	EXPECT_OK(unmap_all(w));
	EXPECT_EQ(0, held(w));
	EXPECT_OK(check_pins(w, 0));
}

TEST_F(node, removed_device_cannot_be_bound)
{
	struct mode_dev *dev = &self->w.dev;
	struct vfio_dev inert;

	vfio_close(&dev->vfio);
	ASSERT_OK(vfio_open(&inert, dev->pci.name));
	mdma_remove(dev);
	EXPECT_ERR(ENODEV, vfio_bind(&inert, self->w.probe));
	vfio_close(&inert);
}

TEST_HARNESS_MAIN
