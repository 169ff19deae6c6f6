from members.reference.loaders import load_legal_forms
from members.reference.table_files import LoadCommand


class Command(LoadCommand):
    help = "Load legal forms from ISTAT's CSV file."

    def load(self, path, progress):
        return load_legal_forms(path, progress)
