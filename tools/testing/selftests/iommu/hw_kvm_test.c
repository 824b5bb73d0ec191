// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual machine is told of a device by the file of its node: which files
 * KVM takes, and how long the device keeps the virtual machine.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/hw.h"
#include "lib/kvm.h"
#include "lib/loop.h"

/* An edu with vfio-pci, its file open but not bound, and virtual machines */
FIXTURE(kvm)
{
	struct pci_dev pci;
	struct vfio_dev dev;
	int iommufd;
	struct kvm_vm vm;
	struct kvm_vm other;
};

FIXTURE_SETUP(kvm)
{
	self->dev.fd = -1;
	if (kvm_missing())
		SKIP_FROM_SETUP("no virtual machines here");
	if (pci_find(PCI_ID_EDU, PCI_ALONE, 0, &self->pci))
		SKIP_FROM_SETUP("no edu device alone in its IOMMU group");
	self->iommufd = iommu_open();
	ASSERT_LE(0, self->iommufd);
	ASSERT_OK(kvm_create(&self->vm));
	ASSERT_OK(kvm_create(&self->other));
	ASSERT_OK(pci_take(&self->pci));
	ASSERT_OK(vfio_open(&self->dev, self->pci.name)) {
		pci_give_back(&self->pci);
	}
}

FIXTURE_TEARDOWN(kvm)
{
	kvm_close(&self->vm);
	kvm_close(&self->other);
	vfio_close(&self->dev);
	close(self->iommufd);
	pci_give_back(&self->pci);
	/* Whatever a test did, nothing keeps them now */
	EXPECT_FALSE(kvm_exists(&self->vm));
	EXPECT_FALSE(kvm_exists(&self->other));
}

static int bind(struct _test_data_kvm *self)
{
	return vfio_bind(&self->dev, self->iommufd);
}

static int reopen(struct _test_data_kvm *self)
{
	vfio_close(&self->dev);
	return vfio_open(&self->dev, self->pci.name);
}

TEST_F(kvm, attributes_have_the_numbers_of_those_of_groups)
{
	struct kvm_device_attr attr = { .group = 1 };

	for (attr.attr = KVM_DEV_VFIO_FILE_ADD;
	     attr.attr <= KVM_DEV_VFIO_FILE_DEL; attr.attr++)
		EXPECT_EQ(0, ioctl(self->vm.vfio, KVM_HAS_DEVICE_ATTR, &attr));
	/* What is left is for sPAPR */
	EXPECT_EQ(3, attr.attr);
	EXPECT_EQ(-1, ioctl(self->vm.vfio, KVM_HAS_DEVICE_ATTR, &attr));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(KVM_DEV_VFIO_GROUP, KVM_DEV_VFIO_FILE);
	EXPECT_EQ(KVM_DEV_VFIO_GROUP_ADD, KVM_DEV_VFIO_FILE_ADD);
	EXPECT_EQ(KVM_DEV_VFIO_GROUP_DEL, KVM_DEV_VFIO_FILE_DEL);
}

TEST_F(kvm, file_can_be_added_before_bind)
{
	EXPECT_OK(kvm_add(&self->vm, self->dev.fd));
	EXPECT_OK(bind(self));
	EXPECT_OK(kvm_del(&self->vm, self->dev.fd));
}

TEST_F(kvm, file_can_be_added_after_bind)
{
	ASSERT_OK(bind(self));
	EXPECT_OK(kvm_add(&self->vm, self->dev.fd));
	EXPECT_OK(kvm_del(&self->vm, self->dev.fd));
}

TEST_F(kvm, second_add_is_EEXIST)
{
	struct vfio_dev second;

	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	EXPECT_ERR(EEXIST, kvm_add(&self->vm, self->dev.fd));
	ASSERT_OK(bind(self));
	EXPECT_ERR(EEXIST, kvm_add(&self->vm, self->dev.fd));
	/* It is about files, not about devices */
	ASSERT_OK(vfio_open(&second, self->pci.name));
	EXPECT_OK(kvm_add(&self->vm, second.fd));
	vfio_close(&second);
}

TEST_F(kvm, del_of_what_was_not_added_is_ENOENT)
{
	struct vfio_dev second;

	EXPECT_ERR(ENOENT, kvm_del(&self->vm, self->dev.fd));
	ASSERT_OK(vfio_open(&second, self->pci.name));
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	EXPECT_ERR(ENOENT, kvm_del(&self->vm, second.fd));
	EXPECT_ERR(ENOENT, kvm_del(&self->other, self->dev.fd));
	ASSERT_OK(kvm_del(&self->vm, self->dev.fd));
	EXPECT_ERR(ENOENT, kvm_del(&self->vm, self->dev.fd));
	vfio_close(&second);
}

TEST_F(kvm, other_files_are_EINVAL)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, null);
	EXPECT_ERR(EINVAL, kvm_add(&self->vm, null));
	EXPECT_ERR(EINVAL, kvm_add(&self->vm, self->iommufd));
	EXPECT_ERR(EINVAL, kvm_add(&self->vm, self->vm.vfio));
	EXPECT_ERR(EBADF, kvm_add(&self->vm, 1000));
	EXPECT_ERR(EBADF, kvm_add(&self->vm, -1));
	EXPECT_ERR(EBADF, kvm_del(&self->vm, -1));
	close(null);
}

TEST_F(kvm, of_a_group_the_group_is_added_and_not_the_device)
{
	struct vfio_container cont;

	vfio_close(&self->dev);
	ASSERT_OK(vfio_container_open(&cont, self->pci.group));
	EXPECT_OK(kvm_add(&self->vm, cont.group_fd));
	EXPECT_ERR(EEXIST, kvm_add(&self->vm, cont.group_fd));
	ASSERT_OK(vfio_container_get_dev(&cont, self->pci.name, &self->dev));
	EXPECT_ERR(EINVAL, kvm_add(&self->vm, self->dev.fd));
	EXPECT_OK(kvm_del(&self->vm, cont.group_fd));
	vfio_close(&self->dev);
	vfio_container_close(&cont);
}

TEST_F(kvm, open_device_keeps_the_virtual_machine)
{
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	ASSERT_OK(bind(self));
	kvm_close(&self->vm);
	EXPECT_TRUE(kvm_exists(&self->vm));
	vfio_close(&self->dev);
	EXPECT_FALSE(kvm_exists(&self->vm));
}

TEST_F(kvm, open_device_keeps_it_also_after_del)
{
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	ASSERT_OK(bind(self));
	ASSERT_OK(kvm_del(&self->vm, self->dev.fd));
	kvm_close(&self->vm);
	EXPECT_TRUE(kvm_exists(&self->vm));
	vfio_close(&self->dev);
	EXPECT_FALSE(kvm_exists(&self->vm));
}

TEST_F(kvm, inert_file_does_not_keep_the_virtual_machine)
{
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	kvm_close(&self->vm);
	EXPECT_FALSE(kvm_exists(&self->vm));
	/* Nor does it remember one that is gone */
	EXPECT_OK(bind(self));
}

TEST_F(kvm, device_opened_before_add_does_not_keep_it)
{
	ASSERT_OK(bind(self));
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	kvm_close(&self->vm);
	EXPECT_FALSE(kvm_exists(&self->vm));
}

TEST_F(kvm, device_opened_after_del_does_not_keep_it)
{
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	ASSERT_OK(kvm_del(&self->vm, self->dev.fd));
	ASSERT_OK(bind(self));
	kvm_close(&self->vm);
	EXPECT_FALSE(kvm_exists(&self->vm));
}

TEST_F(kvm, failed_bind_does_not_keep_it)
{
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	EXPECT_ERR(EBADF, vfio_bind(&self->dev, 1000));
	ASSERT_OK(bind(self));
	EXPECT_ERR(EINVAL, bind(self));
	ASSERT_OK(reopen(self));
	kvm_close(&self->vm);
	EXPECT_FALSE(kvm_exists(&self->vm));
}

TEST_F(kvm, closed_file_stays_bound_while_the_virtual_machine_has_it)
{
	struct vfio_dev second;

	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	ASSERT_OK(bind(self));
	ASSERT_OK(vfio_open(&second, self->pci.name));
	vfio_close(&self->dev);
	EXPECT_ERR(EINVAL, vfio_bind(&second, self->iommufd));
	/* Each has the other: they go together */
	kvm_close(&self->vm);
	EXPECT_FALSE(kvm_exists(&self->vm));
	EXPECT_OK(vfio_bind(&second, self->iommufd));
	vfio_close(&second);
}

TEST_F(kvm, device_keeps_the_last_of_two)
{
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	ASSERT_OK(kvm_add(&self->other, self->dev.fd));
	ASSERT_OK(bind(self));
	kvm_close(&self->vm);
	kvm_close(&self->other);
	EXPECT_FALSE(kvm_exists(&self->vm));
	EXPECT_TRUE(kvm_exists(&self->other));
}

TEST_F(kvm, either_of_two_takes_the_file_back)
{
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	ASSERT_OK(kvm_add(&self->other, self->dev.fd));
	ASSERT_OK(kvm_del(&self->vm, self->dev.fd));
	ASSERT_OK(bind(self));
	kvm_close(&self->other);
	EXPECT_FALSE(kvm_exists(&self->other));
}

TEST_F(kvm, file_of_a_device_that_is_gone_is_accepted)
{
	ASSERT_OK(pci_unbind_driver(self->pci.name));
	EXPECT_OK(kvm_add(&self->vm, self->dev.fd));
	EXPECT_ERR(ENODEV, bind(self));
	EXPECT_OK(kvm_del(&self->vm, self->dev.fd));
	ASSERT_OK(pci_probe_with(self->pci.name, "vfio-pci"));
}

static int add_and_del(void *data)
{
	struct _test_data_kvm *self = data;

	return kvm_add(&self->other, self->dev.fd) ?:
	       kvm_del(&self->other, self->dev.fd);
}

static int add_and_close(void *data)
{
	struct _test_data_kvm *self = data;
	struct kvm_vm vm;
	int rc = kvm_create(&vm);

	if (rc)
		return rc;
	rc = kvm_add(&vm, self->dev.fd);
	kvm_close(&vm);
	return rc;
}

/* Bind and close ten times, each bind while @step is repeated */
static int bind_beside(struct _test_data_kvm *self, int (*step)(void *data))
{
	struct loop loop;
	int i, rc = 0;

	for (i = 0; !rc && i < 10; i++) {
		rc = loop_start(&loop, step, self);
		if (rc)
			return rc;
		while (!loop.rounds && !loop.rc)
			;
		rc = bind(self);
		rc = loop_stop(&loop) ?: rc;
		rc = rc ?: reopen(self);
	}
	return rc;
}

TEST_F(kvm, add_and_del_may_race_with_bind)
{
	EXPECT_OK(bind_beside(self, add_and_del));
	/* The virtual machine has lost none and got none */
	kvm_close(&self->other);
	EXPECT_FALSE(kvm_exists(&self->other));
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	ASSERT_OK(bind(self));
	kvm_close(&self->vm);
	EXPECT_TRUE(kvm_exists(&self->vm));
}

TEST_F(kvm, close_of_the_virtual_machine_may_race_with_bind)
{
	EXPECT_OK(bind_beside(self, add_and_close));
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	ASSERT_OK(bind(self));
	kvm_close(&self->vm);
	EXPECT_TRUE(kvm_exists(&self->vm));
}

TEST_HARNESS_MAIN
