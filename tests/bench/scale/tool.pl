#!/usr/bin/perl
# Stands for every tool of the host: hands its arguments and standard input to
# the host in memory (tools.ts) and prints what that answers.
use strict;
use IO::Socket::INET;
my ($name) = $0 =~ m{([^/]*)$};
my $host = IO::Socket::INET->new($ENV{BENCH_TOOLS}) or die "no host: $!";
binmode $_ for $host, *STDIN, *STDOUT, *STDERR;
print $host scalar(@ARGV) + 1, "\n";
print $host length($_), "\n", $_ for $name, @ARGV;
my $bytes;
print $host $bytes while read STDIN, $bytes, 65536;
$host->flush;
shutdown $host, 1;
$| = 1;
while (my $head = <$host>) {
    my ($kind, $value) = $head =~ /^(\w) (\d+)$/ or die "no answer";
    exit $value if $kind eq "x";
    my $left = $value;
    while ($left > 0) {
        my $got = read $host, $bytes, $left < 65536 ? $left : 65536;
        exit 1 unless $got;
        $left -= $got;
        if ($kind eq "e") { print STDERR $bytes } else { print $bytes }
    }
}
exit 1;
