from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

STAFF = {"is_staff": True, "is_active": True}


def acts_as_staff(user) -> bool:
    """Whether somebody (signed in or not) has the Consorzio's powers now: staff, active, with the second factor.

    The one answer for guards, querysets and templates (`acts_as_staff` of the user); nothing else reads `is_staff`.
    """
    return getattr(user, "acts_as_staff", False)


class UserQuerySet(models.QuerySet):
    def staff(self):
        """Whoever may be given work of the Consorzio."""
        return self.filter(**STAFF)

    def outside_staff(self):
        return self.exclude(is_staff=True)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    use_in_migrations = True

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)

    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in with an e-mail address; speaks for organizations through `Representative`."""

    email = models.EmailField(_("e-mail"), max_length=254)
    full_name = models.CharField(_("nome e cognome"), max_length=120, blank=True)
    is_active = models.BooleanField(_("attivo"), default=True)
    is_staff = models.BooleanField(_("personale del Consorzio"), default=False)
    date_joined = models.DateTimeField(_("iscritto il"), default=timezone.now)
    calendar_number = models.PositiveIntegerField(_("numero dell'indirizzo del calendario"), default=1, editable=False)

    objects = UserManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("persona")
        verbose_name_plural = _("persone")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self):
        return self.full_name or self.email

    @cached_property
    def acts_as_staff(self) -> bool:
        return self.is_active and self.is_staff and not self.lacks_second_factor

    @property
    def holds_power(self):
        """Whether the account could act as staff, with or without its factor: only a superuser changes such a one."""
        return self.is_staff or self.is_superuser

    @cached_property
    def lacks_second_factor(self) -> bool:
        """Staff whose powers sleep until they have set up the second factor (unless a setting spares it)."""
        return self.is_staff and settings.STAFF_NEED_SECOND_FACTOR and not is_mfa_enabled(self)

    def has_perm(self, perm, obj=None):
        """A password alone gives no power to staff, not even to a superuser."""
        return not self.lacks_second_factor and super().has_perm(perm, obj)

    def has_module_perms(self, app_label):
        return not self.lacks_second_factor and super().has_module_perms(app_label)

    def get_full_name(self):
        return self.full_name or self.email

    def get_short_name(self):
        return self.full_name.split(" ")[0] or self.email
