from members.loading import LoadCommand
from members.reference import load_legal_forms


class Command(LoadCommand):
    help = "Load legal forms from ISTAT's CSV file."

    def load(self, path, progress):
        return load_legal_forms(path, progress)
