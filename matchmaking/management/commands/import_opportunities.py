from matchmaking.opportunities.sources.eu_calls import import_eu_calls
from members.reference.table_files import LoadCommand


class Command(LoadCommand):
    help = "Import European calls from a JSON-lines file; the same file twice creates nothing new."

    def load(self, path, progress):
        return import_eu_calls(path, progress)
