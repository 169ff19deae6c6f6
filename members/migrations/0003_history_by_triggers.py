"""Triggers that keep the history: after every column they compare exists."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("members", "0002_profiles_of_three_kinds")]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="alias",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_aliasevent" ("competence_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "term") VALUES (NEW."competence_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."term"); RETURN NULL;',
                    hash="0696a36ea15bfdf794088bdc11499bb8916214d8",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_141fc",
                    table="members_alias",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alias",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "members_aliasevent" ("competence_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "term") VALUES (NEW."competence_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."term"); RETURN NULL;',
                    hash="6a9f15d1f306d0cdb9d6a8d11d460b0c164c88b2",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5bd6d",
                    table="members_alias",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alias",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_aliasevent" ("competence_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "term") VALUES (OLD."competence_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."term"); RETURN NULL;',
                    hash="b69c45a5ec804907ba79d444d265c61c65af9247",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_27d46",
                    table="members_alias",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="competence",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_competenceevent" ("code", "id", "merged_into_id", "name_en", "name_it", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (NEW."code", NEW."id", NEW."merged_into_id", NEW."name_en", NEW."name_it", NEW."parent_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."source"); RETURN NULL;',
                    hash="54863e4b6a719a79d269eedb4a4622f6f1d9cce0",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_088c3",
                    table="members_competence",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="competence",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "members_competenceevent" ("code", "id", "merged_into_id", "name_en", "name_it", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (NEW."code", NEW."id", NEW."merged_into_id", NEW."name_en", NEW."name_it", NEW."parent_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."source"); RETURN NULL;',
                    hash="5c5940f491051c912db6054d6d22fe9e3b982180",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_424ee",
                    table="members_competence",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="competence",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_competenceevent" ("code", "id", "merged_into_id", "name_en", "name_it", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source") VALUES (OLD."code", OLD."id", OLD."merged_into_id", OLD."name_en", OLD."name_it", OLD."parent_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."source"); RETURN NULL;',
                    hash="8f6cc0b4a57f7af35329b30a92ccc478672237d0",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_51e05",
                    table="members_competence",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="need",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_needevent" ("competence_id", "id", "is_blind", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "trl") VALUES (NEW."competence_id", NEW."id", NEW."is_blind", NEW."organization_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."priority", NEW."trl"); RETURN NULL;',
                    hash="73a588ed38270e781a30ae2a627ee1c2f0fa5fe7",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_9b234",
                    table="members_need",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="need",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "members_needevent" ("competence_id", "id", "is_blind", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "trl") VALUES (NEW."competence_id", NEW."id", NEW."is_blind", NEW."organization_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."priority", NEW."trl"); RETURN NULL;',
                    hash="19734964bb0b8b92a712887026eb1bfde986ebed",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_29de5",
                    table="members_need",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="need",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_needevent" ("competence_id", "id", "is_blind", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "trl") VALUES (OLD."competence_id", OLD."id", OLD."is_blind", OLD."organization_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."priority", OLD."trl"); RETURN NULL;',
                    hash="49d618b6a0ac1ef1330d4441ae252684eba918f3",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_72d9a",
                    table="members_need",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_offerevent" ("competence_id", "evidence", "id", "is_declared", "level", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "trl") VALUES (NEW."competence_id", NEW."evidence", NEW."id", NEW."is_declared", NEW."level", NEW."organization_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."trl"); RETURN NULL;',
                    hash="55a5b40fcf6c31bda49d5192262f65574f4a0133",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_6d3b2",
                    table="members_offer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "members_offerevent" ("competence_id", "evidence", "id", "is_declared", "level", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "trl") VALUES (NEW."competence_id", NEW."evidence", NEW."id", NEW."is_declared", NEW."level", NEW."organization_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."trl"); RETURN NULL;',
                    hash="004a3e40f3722407f87e4a9cc2e8a2ed316c642b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e1e76",
                    table="members_offer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_offerevent" ("competence_id", "evidence", "id", "is_declared", "level", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "trl") VALUES (OLD."competence_id", OLD."evidence", OLD."id", OLD."is_declared", OLD."level", OLD."organization_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."trl"); RETURN NULL;',
                    hash="45b02c7984e26a2137adb7f95e69b932ec1cb98f",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_47bc7",
                    table="members_offer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_organizationevent" ("created_at", "description", "founded_on", "id", "is_visible_to_financiers", "kind", "legal_form_id", "logo", "municipality_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reviewed_on", "size_class", "slug", "status", "tax_code", "vat_number", "version", "visibility", "visible_to_financiers_since", "website", "workers") VALUES (NEW."created_at", NEW."description", NEW."founded_on", NEW."id", NEW."is_visible_to_financiers", NEW."kind", NEW."legal_form_id", NEW."logo", NEW."municipality_id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reviewed_on", NEW."size_class", NEW."slug", NEW."status", NEW."tax_code", NEW."vat_number", NEW."version", NEW."visibility", NEW."visible_to_financiers_since", NEW."website", NEW."workers"); RETURN NULL;',
                    hash="d788f64e35882a94132e3a86bc61073b9b7452f0",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_5fbf2",
                    table="members_organization",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."founded_on" IS DISTINCT FROM (NEW."founded_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_visible_to_financiers" IS DISTINCT FROM (NEW."is_visible_to_financiers") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."legal_form_id" IS DISTINCT FROM (NEW."legal_form_id") OR OLD."logo" IS DISTINCT FROM (NEW."logo") OR OLD."municipality_id" IS DISTINCT FROM (NEW."municipality_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."reviewed_on" IS DISTINCT FROM (NEW."reviewed_on") OR OLD."size_class" IS DISTINCT FROM (NEW."size_class") OR OLD."slug" IS DISTINCT FROM (NEW."slug") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."tax_code" IS DISTINCT FROM (NEW."tax_code") OR OLD."vat_number" IS DISTINCT FROM (NEW."vat_number") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."visibility" IS DISTINCT FROM (NEW."visibility") OR OLD."visible_to_financiers_since" IS DISTINCT FROM (NEW."visible_to_financiers_since") OR OLD."website" IS DISTINCT FROM (NEW."website") OR OLD."workers" IS DISTINCT FROM (NEW."workers"))',
                    func='INSERT INTO "members_organizationevent" ("created_at", "description", "founded_on", "id", "is_visible_to_financiers", "kind", "legal_form_id", "logo", "municipality_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reviewed_on", "size_class", "slug", "status", "tax_code", "vat_number", "version", "visibility", "visible_to_financiers_since", "website", "workers") VALUES (NEW."created_at", NEW."description", NEW."founded_on", NEW."id", NEW."is_visible_to_financiers", NEW."kind", NEW."legal_form_id", NEW."logo", NEW."municipality_id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reviewed_on", NEW."size_class", NEW."slug", NEW."status", NEW."tax_code", NEW."vat_number", NEW."version", NEW."visibility", NEW."visible_to_financiers_since", NEW."website", NEW."workers"); RETURN NULL;',
                    hash="65a66f87278461e5fb3ceda0f0074a774bad6623",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_af66e",
                    table="members_organization",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_organizationevent" ("created_at", "description", "founded_on", "id", "is_visible_to_financiers", "kind", "legal_form_id", "logo", "municipality_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reviewed_on", "size_class", "slug", "status", "tax_code", "vat_number", "version", "visibility", "visible_to_financiers_since", "website", "workers") VALUES (OLD."created_at", OLD."description", OLD."founded_on", OLD."id", OLD."is_visible_to_financiers", OLD."kind", OLD."legal_form_id", OLD."logo", OLD."municipality_id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reviewed_on", OLD."size_class", OLD."slug", OLD."status", OLD."tax_code", OLD."vat_number", OLD."version", OLD."visibility", OLD."visible_to_financiers_since", OLD."website", OLD."workers"); RETURN NULL;',
                    hash="bd08319240283beaae51324a5d007e156f592493",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_e843d",
                    table="members_organization",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="representative",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_representativeevent" ("id", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (NEW."id", NEW."organization_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."role", NEW."user_id"); RETURN NULL;',
                    hash="86bab131c0b20cdce4b011cda94655a72f218c5a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b088f",
                    table="members_representative",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="representative",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "members_representativeevent" ("id", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (NEW."id", NEW."organization_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."role", NEW."user_id"); RETURN NULL;',
                    hash="2f6aa2e38bb40adaed7426f491e91691414160bd",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_08559",
                    table="members_representative",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="representative",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_representativeevent" ("id", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (OLD."id", OLD."organization_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."role", OLD."user_id"); RETURN NULL;',
                    hash="80317eb239a8855054d38fe9dc7887ab43f44d05",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_00a3e",
                    table="members_representative",
                    when="AFTER",
                ),
            ),
        ),
    ]
